/** What is known of each encoder, asked for once when something needs it. */

import { SvelteMap } from 'svelte/reactivity';
import { scale, sizes } from '../api/client';
import type { ScaleAnswer, SizesAnswer } from '../api/types';

class Known<Answer> {
  readonly #known = new SvelteMap<string, Answer>();
  readonly #asked = new Set<string>();

  constructor(readonly ask: (encoder: string) => Promise<Answer>) {}

  /** What is known of an encoder; undefined until it is there. */
  of(encoder: string): Answer | undefined {
    return this.#known.get(encoder);
  }

  /** Asks unless it is known; what can't be had now is asked for again later. */
  need(encoder: string): void {
    if (this.#asked.has(encoder)) return;
    this.#asked.add(encoder);
    this.ask(encoder).then(
      (found) => this.#known.set(encoder, found),
      () => this.#asked.delete(encoder),
    );
  }
}

export const scales = new Known<ScaleAnswer>(scale);
/** What smaller vectors lose. */
export const losses = new Known<SizesAnswer>(sizes);
