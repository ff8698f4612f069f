/** The visitor's texts and every change to them, with a way back. */

import * as change from './boxes';
import { type Boxes, isBlank } from './boxes';
import { History } from './history.svelte';
import type { Notices } from './notices.svelte';

/** A change; most need not say where the focus goes. */
type Taken = Pick<change.Change, 'boxes'> & Partial<change.Change>;

export class TextDocument {
  boxes = $state.raw<Boxes>([]);
  /** Box that wants the keyboard focus; whoever gives it sets this back to null. */
  focus = $state<number | null>(null);

  readonly filled = $derived(this.boxes.filter((box) => !isBlank(box.text)));
  /** Box of the text that the others are compared with: the first that is not blank. */
  readonly firstId = $derived(this.filled[0]?.id ?? null);

  readonly history = new History<Boxes>();

  /** Called after each change; whoever compares the texts sets it. */
  changed: () => void = () => {};

  constructor(
    texts: readonly string[],
    readonly notices: Notices,
  ) {
    this.boxes = change.fromTexts(texts);
  }

  edit(id: number, text: string): void {
    this.#take({ boxes: change.edit(this.boxes, id, text) }, `edit ${id}`);
  }

  add(after?: number): void {
    this.#take(change.add(this.boxes, '', after));
  }

  remove(id: number): void {
    this.#take(change.remove(this.boxes, id));
  }

  duplicate(id: number): void {
    this.#take(change.duplicate(this.boxes, id));
  }

  move(id: number, to: number): void {
    const boxes = change.move(this.boxes, id, to);
    if (boxes !== this.boxes) this.#take({ boxes }, `move ${id}`);
  }

  /** Puts other texts in the place of all. */
  replace(texts: readonly string[]): void {
    this.#take({
      boxes: change.fromTexts(texts),
      leftOut: Math.max(0, texts.length - change.MOST),
    });
  }

  /** Puts other texts in the place of all, without asking what is known of them. */
  show(texts: readonly string[]): void {
    this.boxes = change.fromTexts(texts);
    this.notices.clear();
  }

  /** Puts back a list of before. */
  put(boxes: Boxes): void {
    this.#take({ boxes });
  }

  clear(): void {
    const boxes = change.fromTexts([]);
    this.#take({ boxes, focus: boxes[0]!.id });
  }

  undo(): void {
    this.#show(this.history.undo(this.boxes));
  }

  redo(): void {
    this.#show(this.history.redo(this.boxes));
  }

  /** Adds texts; `more` were left out before. */
  addMany(texts: readonly string[], more = 0): void {
    const taken = change.addMany(this.boxes, texts);
    this.#take({ ...taken, leftOut: taken.leftOut + more });
  }

  /** Spreads pasted lines over boxes; `whole` is the text of the box with the paste as it was. */
  spread(id: number, lines: readonly string[], whole: string): void {
    const kept = change.edit(this.boxes, id, whole);
    this.#take(change.spread(this.boxes, id, lines));
    const leftOut = this.notices.now?.text;
    this.notices.tell(leftOut ?? `Each of the ${lines.length} lines became a text.`, {
      label: 'Keep them as one text',
      run: () => this.put(kept),
    });
  }

  #take({ boxes, focus = null, leftOut = 0 }: Taken, key = ''): void {
    this.history.record(this.boxes, key);
    this.#show(boxes);
    if (focus !== null) this.focus = focus;
    if (leftOut > 0) {
      this.notices.tell(`The limit is ${change.MOST} texts; ${leftOut} were left out.`);
    }
  }

  #show(boxes: Boxes): void {
    this.boxes = boxes;
    this.notices.clear();
    this.changed();
  }
}
