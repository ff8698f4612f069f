/** Ranks by similarity, and how they are told to move. */

import { descending } from './cosine';

interface Compared {
  texts: readonly { similarity: number }[];
}

/** Rank of each text but the first, from 1. */
export function ranksOf({ texts }: Compared): number[] {
  const order = descending(texts.slice(1).map(({ similarity }) => similarity));
  return texts.slice(1).map((_, i) => order.indexOf(i) + 1);
}

export function move(from: number, to: number): string {
  return from === to ? `${from}` : `${from} → ${to}`;
}
