/** The state of the page: boxes, encoder and the newest answer, kept in step by `Live`. */

import { Failure, compare } from '../api/client';
import { Live } from '../api/live';
import type { Opening } from '../api/opening';
import type { CompareRequest, Comparison } from '../api/types';
import { type Answer, type Row, placesOf, toAnswer, toRows } from './answer';
import * as change from './boxes';
import { type Box, type Boxes, isBlank } from './boxes';
import { History } from './history.svelte';
import { type Told, Views } from './views.svelte';

/** Texts from which on the chapters wait until typing rests, and for how long (ms). */
const MANY = 20;
const REST = 150;

/** A question: the request, and to which box each of its texts belongs. */
interface Question {
  ids: readonly number[];
  request: CompareRequest;
}

/** What the picture and the chapters show. */
interface View {
  comparison: Comparison;
  rows: readonly Row[];
}

/** Something that the page tells once, with a way back where there is one. */
export interface Notice {
  text: string;
  undo?: { label: string; boxes: Boxes };
}

/** A change; most need not say where the focus goes. */
type Taken = Pick<change.Change, 'boxes'> & Partial<change.Change>;

export class Bench {
  boxes = $state.raw<Boxes>([]);
  encoder = $state('minilm');
  answer = $state.raw<Answer | null>(null);
  failure = $state.raw<Failure | null>(null);
  notice = $state.raw<Notice | null>(null);
  busy = $state(false);
  /** Box that wants the keyboard focus; whoever gives it sets this back to null. */
  focus = $state<number | null>(null);

  /** Box of the text that the others are compared with: the first that is not blank. */
  readonly firstId = $derived(this.boxes.find((box) => !isBlank(box.text))?.id ?? null);
  readonly filled = $derived(this.boxes.filter((box) => !isBlank(box.text)));

  /**
   * The newest answer for the picture and the chapters. It follows when the scores beside the
   * boxes are painted, and with many texts when typing rests: first what the eye is on.
   */
  view = $state.raw<View | null>(null);
  readonly rows = $derived(this.view?.rows ?? []);
  readonly compared = $derived(this.view?.comparison ?? null);
  /** Whether everything shows the newest answer. */
  settled = $state(true);
  /** Whether that answer is about the texts and the encoder of now. */
  readonly ready = $derived(this.settled && !this.busy && this.failure === null);
  #settling: ReturnType<typeof setTimeout> | undefined;

  /** The two texts that are looked at closely: those that were chosen, else first and best. */
  chosen = $state.raw<readonly [number | null, number | null]>([null, null]);
  readonly pair: readonly [Row, Row] | null = $derived.by(() => {
    const of = (id: number | null) => this.rows.find((row) => row.id === id);
    const a = of(this.chosen[0]) ?? this.rows[0];
    const other =
      this.rows.find((row) => row.isBest && row !== a) ?? this.rows.find((row) => row !== a);
    const b = of(this.chosen[1]) ?? other;
    return a && b ? [a, b] : null;
  });

  /** Boxes whose texts name a concept. */
  concepts = $state.raw<ReadonlySet<number>>(new Set());

  /** What is tried before the first text, and before the others. */
  prefixes = $state.raw<readonly [string, string]>(['', '']);

  /** How the instruments are set. */
  readonly views = new Views();
  /** Which words did it, while that is about the pair and the encoder of now. */
  readonly toldNow: Told | null = $derived.by(() => {
    const { told } = this.views;
    const encoder = this.compared?.encoder.name ?? this.encoder;
    const isNow = told?.texts.every((text, i) => text === this.pair?.[i]?.text);
    return told?.encoder === encoder && isNow ? told : null;
  });

  readonly history = new History<Boxes>();
  readonly #live: Live<Question, Comparison>;

  constructor(texts: readonly string[], opening: Opening = null, ask = compare) {
    this.boxes = change.fromTexts(texts);
    this.#live = new Live<Question, Comparison>(
      (question, signal) => ask(question.request, signal),
      {
        answered: (question, comparison) => {
          this.failure = null;
          this.answer = toAnswer(question.ids, comparison, this.answer);
          this.#settleSoon();
        },
        failed: (_, error) => {
          this.failure = toFailure(error);
        },
        busy: (busy) => {
          this.busy = busy;
        },
      },
    );
    if (opening === null) this.ask();
    else if (opening instanceof Failure) this.failure = opening;
    else this.#open(opening);
  }

  #open(comparison: Comparison): void {
    this.boxes = change.fromTexts(comparison.texts.map(({ text }) => text));
    this.encoder = comparison.encoder.name;
    const ids = this.filled.map((box) => box.id);
    this.answer = toAnswer(ids, comparison, null);
    this.#settle();
  }

  #settleSoon(): void {
    const rest = this.filled.length > MANY ? REST : 0;
    this.settled = false;
    clearTimeout(this.#settling);
    // not before the frame that paints the scores
    requestAnimationFrame(() => {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.#settle(), rest);
    });
  }

  #settle(): void {
    const { answer, boxes } = this;
    this.view = answer && { comparison: answer.comparison, rows: toRows(answer, boxes) };
    this.settled = true;
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

  addMany(texts: readonly string[]): void {
    this.#take(change.addMany(this.boxes, texts));
  }

  /** Spreads pasted lines over boxes; `whole` is the text of the box with the paste as it was. */
  spread(id: number, lines: readonly string[], whole: string): void {
    const kept = change.edit(this.boxes, id, whole);
    this.#take(change.spread(this.boxes, id, lines));
    const leftOut = this.notice?.text;
    this.notice = {
      text: leftOut ?? `Each of the ${lines.length} lines became a text.`,
      undo: { label: 'Keep them as one text', boxes: kept },
    };
  }

  undoNotice(): void {
    if (this.notice?.undo) this.#take({ boxes: this.notice.undo.boxes });
    this.notice = null;
  }

  /** Shows a comparison as it is, without asking again. */
  restore(comparison: Comparison): void {
    this.history.record(this.boxes);
    this.#live.cancel();
    this.failure = null;
    this.notice = null;
    this.#open(comparison);
  }

  choose(encoder: string): void {
    this.encoder = encoder;
    this.ask();
  }

  /** Asks for the boxes as they are now; also the way to try again. */
  ask(): void {
    const asked = this.filled;
    if (asked.length === 0) {
      this.#live.cancel();
      this.answer = null;
      this.failure = null;
      this.#settle();
      return;
    }
    this.#live.send(toQuestion(asked, this.encoder, this.answer));
  }

  #take({ boxes, focus = null, leftOut = 0 }: Taken, key = ''): void {
    this.history.record(this.boxes, key);
    this.#show(boxes);
    if (focus !== null) this.focus = focus;
    this.notice =
      leftOut > 0
        ? { text: `${change.MOST} texts is the most; ${leftOut} found no place and were left out.` }
        : null;
  }

  #show(boxes: Boxes): void {
    this.boxes = boxes;
    this.notice = null;
    this.ask();
  }
}

function toQuestion(asked: readonly Box[], encoder: string, answer: Answer | null): Question {
  const places = answer?.comparison.encoder.name === encoder ? placesOf(answer) : null;
  return {
    ids: asked.map((box) => box.id),
    request: {
      texts: asked.map((box) => box.text),
      encoder,
      previous: asked.map((box) => places?.get(box.id) ?? null),
    },
  };
}

function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure(
    'The answer could not be understood.',
    'Reload the page; if it happens again, the server and the page are of different versions.',
    'unexpected',
  );
}
