/** The encoder and the newest answer about the texts, kept in step with them by `Live`. */

import { Failure, asFailure, compare } from '../api/client';
import { Live } from '../api/live';
import type { Opening } from '../api/opening';
import type { CompareRequest, Comparison } from '../api/types';
import { type Answer, type Row, placesOf, toAnswer, toRows } from './answer';
import type { Box } from './boxes';
import type { TextDocument } from './document.svelte';

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

export class Results {
  encoder = $state('minilm');
  answer = $state.raw<Answer | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);

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

  readonly #live: Live<Question, Comparison>;

  constructor(
    readonly doc: TextDocument,
    opening: Opening = null,
    ask = compare,
  ) {
    this.#live = new Live<Question, Comparison>(({ request }, signal) => ask(request, signal), {
      answered: (question, comparison) => {
        this.failure = null;
        this.answer = toAnswer(question.ids, comparison, this.answer);
        this.#settleSoon();
      },
      failed: (_, error) => {
        this.failure = asFailure(error);
      },
      busy: (busy) => {
        this.busy = busy;
      },
    });
    doc.changed = () => this.ask();
    if (opening === null) this.ask();
    else if (opening instanceof Failure) this.failure = opening;
    else this.#open(opening);
  }

  #open(comparison: Comparison): void {
    this.doc.show(comparison.texts.map(({ text }) => text));
    this.encoder = comparison.encoder.name;
    const ids = this.doc.filled.map((box) => box.id);
    this.answer = toAnswer(ids, comparison, null);
    this.#settle();
  }

  #settleSoon(): void {
    const rest = this.doc.filled.length > MANY ? REST : 0;
    this.settled = false;
    clearTimeout(this.#settling);
    // not before the frame that paints the scores
    requestAnimationFrame(() => {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.#settle(), rest);
    });
  }

  #settle(): void {
    const { answer } = this;
    this.view = answer && {
      comparison: answer.comparison,
      rows: toRows(answer, this.doc.boxes),
    };
    this.settled = true;
  }

  /** Shows a comparison as it is, without asking again. */
  restore(comparison: Comparison): void {
    this.doc.history.record(this.doc.boxes);
    this.#live.cancel();
    this.failure = null;
    this.#open(comparison);
  }

  choose(encoder: string): void {
    this.encoder = encoder;
    this.ask();
  }

  /** Asks for the boxes as they are now; also the way to try again. */
  ask(): void {
    const asked = this.doc.filled;
    if (asked.length === 0) {
      this.#live.cancel();
      this.answer = null;
      this.failure = null;
      this.#settle();
      return;
    }
    this.#live.send(toQuestion(asked, this.encoder, this.answer));
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
