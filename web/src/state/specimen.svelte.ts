/** Texts of a figure's own, and what the encoder says of them. */

import { type Failure, asFailure, compare } from '../api/client';
import { Live } from '../api/live';
import type { Comparison } from '../api/types';
import { decodeVector } from '../vectors/decode';
import { isBlank } from './boxes';

/** One text of a figure: the reader's or its own. */
export interface Item {
  /** Stays with the text: its box where it has one, else its position. */
  readonly id: number;
  readonly number: number;
  readonly text: string;
  readonly vector: Float32Array;
}

interface Asked {
  readonly texts: readonly string[];
  readonly encoder: string;
}

export interface Told extends Asked {
  readonly comparison: Comparison;
  /** Those of its texts that are not blank. */
  readonly items: readonly Item[];
}

export class Specimen {
  /** It stays until the next is there, so that nothing jumps. */
  told = $state.raw<Told | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  /** Whether what it shows is of other texts than those that are there, which can't be had. */
  readonly outdated = $derived(this.failure !== null);
  #asked: Asked | null = null;
  readonly #live: Live<Asked, Told>;

  constructor(ask = compare) {
    this.#live = new Live<Asked, Told>(
      async (asked, signal) => {
        const filled = asked.texts.flatMap((text, id) => (isBlank(text) ? [] : [{ id, text }]));
        const request = { texts: filled.map(({ text }) => text), encoder: asked.encoder };
        const comparison = await ask(request, signal);
        const items = filled.map((one, i) => ({
          ...one,
          number: one.id + 1,
          vector: decodeVector(comparison.texts[i]!.embedding),
        }));
        return { ...asked, comparison, items };
      },
      {
        answered: (_, told) => {
          this.told = told;
          this.failure = null;
        },
        failed: (_, error) => {
          this.failure = asFailure(error);
          this.#asked = null;
        },
        busy: (busy) => {
          this.busy = busy;
        },
      },
    );
  }

  /** Asks unless that is what was asked last. */
  show(texts: readonly string[], encoder: string): void {
    if (texts.every(isBlank)) return;
    const same =
      this.#asked?.encoder === encoder && texts.every((it, i) => it === this.#asked!.texts[i]);
    if (same && texts.length === this.#asked!.texts.length) return;
    this.#asked = { texts: [...texts], encoder };
    this.#live.send(this.#asked);
  }

  cancel(): void {
    this.#asked = null;
    this.#live.cancel();
  }
}
