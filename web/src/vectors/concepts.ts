/** Which of some concepts a text is closest to, and whether that means anything. */

import { type Vector, descending, dot } from './cosine';

export interface Verdict {
  /** Similarity to each concept. */
  similarities: number[];
  /** Index of the closest concept. */
  winner: number;
  /** How much closer it is than the second. */
  margin: number;
  /** Margin that 95 of 100 unrelated texts stay under; null while no scale is known. */
  chance: number | null;
}

/** A normal variable stays within so many standard deviations 95 times of 100. */
const WITHIN = 1.96;

/**
 * Compares a text with two concepts or more.
 *
 * The margin of two concepts a, b for a text t is t·(a − b). For a text that has to do with
 * neither, t·u along a unit direction u spreads as the cosines of unrelated pairs do, so the
 * margin spreads as that times |a − b| = √(2 − 2cos(a, b)).
 */
export function judge(text: Vector, concepts: readonly Vector[], spread: number | null): Verdict {
  const similarities = concepts.map((concept) => dot(text, concept));
  const [winner = 0, second = winner] = descending(similarities);
  const apart = Math.sqrt(Math.max(0, 2 - 2 * dot(concepts[winner]!, concepts[second]!)));
  return {
    similarities,
    winner,
    margin: similarities[winner]! - similarities[second]!,
    chance: spread === null ? null : WITHIN * spread * apart,
  };
}
