/** How a visitor has set the instruments: what is chosen in them beside texts and encoder. */

import type { WhyAnswer } from '../api/types';
import type { Precision } from '../vectors/budget';
import type { Preset } from './presets';

/** What the words of two texts did, and what that was asked about. */
export interface Told {
  readonly texts: readonly [string, string];
  readonly encoder: string;
  readonly answer: WhyAnswer;
}

/** What the pairs that contradict each other came to. */
export interface Measured {
  readonly encoder: string;
  readonly similarities: readonly number[];
}

/** An example's question, and the text that the reader expects to be closest. */
export interface Question {
  readonly preset: Preset;
  readonly predicted: number | null;
  /** The encoder that was asked. */
  readonly encoder: string;
}

export type Sign = 1 | -1;

export class Views {
  /** Whether the strip of products begins with the largest. */
  sorted = $state(true);
  /** Whether the table of all pairs puts similar texts together. */
  together = $state(false);
  /** Whether that table is a table also where it has more texts than fit. */
  table = $state(false);
  /** Boxes of the concepts to the right and at the top; null for one that nobody chose. */
  axes = $state.raw<readonly [number | null, number | null]>([null, null]);
  /** Signs by box; a box that is not here has no part in the sum. */
  signs = $state.raw<ReadonlyMap<number, Sign>>(new Map());
  /** Encoder that stands beside the first; null where nobody chose one. */
  beside = $state<string | null>(null);
  /** Share of the numbers that are kept, and how each is written. */
  share = $state(1);
  precision = $state<Precision>('float32');
  prefixOpen = $state(false);
  question = $state.raw<Question | null>(null);
  told = $state.raw<Told | null>(null);
  measured = $state.raw<Measured | null>(null);

  /** What a link showed and has yet to be asked for: which words did it, and the traps of whom. */
  wanted = $state.raw<{ readonly words: boolean; readonly measured: string | null }>({
    words: false,
    measured: null,
  });
}
