/** Where a similarity lies among labelled pairs, in words and as hills to be drawn. */

import type { Comparison } from '../api/types';

export type Landmarks = Comparison['landmarks'];

/** The scale of the page begins a little below zero, where unrelated texts lie too. */
export const LEAST = -0.2;

export function placeOn(similarity: number): number {
  return (Math.max(similarity, LEAST) - LEAST) / (1 - LEAST);
}

const WORDS: Record<string, string> = {
  strangers: 'like two unrelated sentences',
  'same subject': 'like two sentences on one subject',
  'same meaning': 'like two ways of saying one thing',
  related: 'like two related sentences',
};

/** Equal to an encoder: what is left is rounding. */
const EQUAL = 0.9995;

export function inWords(likeness: string | null, similarity: number): string {
  if (similarity >= EQUAL) return 'the same, to this encoder';
  return likeness === null ? 'this encoder can’t tell what that means' : WORDS[likeness]!;
}

/** Which kind of pairs a similarity is most like, as the server says it. */
export function likenessOf({ cuts, kinds }: Landmarks, similarity: number): string | null {
  const [low = null, high = null] = cuts;
  if (low === null) return null;
  if (similarity < low) return kinds[0]!.name;
  if (high === null) return 'related';
  return similarity < high ? kinds[1]!.name : kinds[2]!.name;
}

/** Whether it says more than that the two are strangers: only then the most similar text stands out. */
export function related(likeness: string | null): boolean {
  return likeness !== null && likeness !== 'strangers';
}

const STEPS = 72;
const WIDTH = 0.035;

const drawn = new WeakMap<object, string[]>();

/**
 * Outline of each kind's distribution in a box of 1 × 1: the quantiles as points of equal weight,
 * each spread a little (a kernel density). All have one scale, so that areas can be compared.
 */
export function hills(landmarks: Landmarks): string[] {
  const known = drawn.get(landmarks);
  if (known) return known;
  const xs = Array.from({ length: STEPS + 1 }, (_, i) => LEAST + ((1 - LEAST) * i) / STEPS);
  const all = landmarks.kinds.map(({ quantiles }) => {
    const middles = quantiles.slice(1).map((value, i) => (value + quantiles[i]!) / 2);
    return xs.map((x) =>
      middles.reduce((sum, at) => sum + Math.exp(-0.5 * ((x - at) / WIDTH) ** 2), 0),
    );
  });
  const highest = Math.max(1e-9, ...all.flat());
  const paths = all.map((heights) => {
    const line = heights.map(
      (h, i) => `L${(i / STEPS).toFixed(4)} ${(1 - h / highest).toFixed(4)}`,
    );
    return `M0 1${line.join('')}L1 1Z`;
  });
  drawn.set(landmarks, paths);
  return paths;
}
