/** The state of the page: boxes, encoder and the newest answer, kept in step by `Live`. */

import { Failure, compare } from '../api/client';
import { Live } from '../api/live';
import type { Opening } from '../api/opening';
import type { ComparedText, CompareRequest, Comparison } from '../api/types';
import type { Shared } from '../keep/link';
import { decodeVector } from '../vectors/decode';
import * as change from './boxes';
import { type Box, type Boxes, isBlank } from './boxes';
import { History } from './history.svelte';

/** A question: the request, and to which box each of its texts belongs. */
interface Question {
  ids: readonly number[];
  request: CompareRequest;
}

/** What the newest answer says about the text of one box. */
export interface Result extends ComparedText {
  vector: Float32Array;
  isFirst: boolean;
  isBest: boolean;
}

/** An answer with its results by box. */
export interface Answer {
  comparison: Comparison;
  ids: readonly number[];
  results: ReadonlyMap<number, Result>;
}

/** A text with its results, as the instruments of the page see it. */
export interface Row extends Result {
  id: number;
  /** Number of its box, from 1. */
  number: number;
  /** Index in the newest answer and its matrix. */
  index: number;
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

  /** What the newest answer knows, in its order, of the boxes that are still there. */
  readonly rows: readonly Row[] = $derived.by(() => {
    const numbers = new Map(this.boxes.map((box, i) => [box.id, i + 1]));
    return (this.answer?.ids ?? []).flatMap((id, index) => {
      const number = numbers.get(id);
      return number === undefined ? [] : [{ ...this.answer!.results.get(id)!, id, number, index }];
    });
  });

  /** The two texts that are looked at closely: those that were chosen, else first and best. */
  chosen = $state.raw<readonly [number | null, number | null]>([null, null]);
  readonly pair: readonly [Row, Row] | null = $derived.by(() => {
    const of = (id: number | null) => this.rows.find((row) => row.id === id);
    const a = of(this.chosen[0]) ?? this.rows[0];
    const other = this.rows.find((row) => row.isBest && row !== a) ?? this.rows.find((row) => row !== a);
    const b = of(this.chosen[1]) ?? other;
    return a && b ? [a, b] : null;
  });

  /** Boxes whose texts name a concept. */
  concepts = $state.raw<ReadonlySet<number>>(new Set());

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
    this.#take({ boxes: change.fromTexts(texts), leftOut: Math.max(0, texts.length - change.MOST) });
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

  /** The state as a link carries it. */
  shared(): Shared {
    const concepts = this.boxes.flatMap((box, i) => (this.concepts.has(box.id) ? [i] : []));
    return { encoder: this.encoder, texts: this.boxes.map((box) => box.text), concepts };
  }

  /** Takes over what a link carried. */
  take({ encoder, texts, concepts }: Shared): void {
    this.encoder = encoder;
    this.replace(texts);
    this.concepts = new Set(concepts.flatMap((i) => this.boxes[i]?.id ?? []));
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
  // where each text stood, so that the picture does not turn while texts are edited
  const sameSpace = answer?.comparison.encoder.name === encoder;
  const previous = asked.map((box) => (sameSpace && answer.results.get(box.id)?.point) || null);
  return {
    ids: asked.map((box) => box.id),
    request: { texts: asked.map((box) => box.text), encoder, previous },
  };
}

function toAnswer(ids: readonly number[], comparison: Comparison, before: Answer | null): Answer {
  const best = new Set(comparison.best);
  const results = new Map<number, Result>();
  comparison.texts.forEach((text, i) => {
    const id = ids[i]!;
    const known = before?.results.get(id);
    // the same array again where nothing changed, so that nothing is drawn again
    const vector =
      known?.embedding === text.embedding ? known.vector : decodeVector(text.embedding);
    results.set(id, { ...text, vector, isFirst: i === 0, isBest: best.has(i) });
  });
  return { comparison, ids, results };
}

function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure(
    'The answer could not be understood.',
    'Reload the page; if it happens again, the server and the page are of different versions.',
    'unexpected',
  );
}
