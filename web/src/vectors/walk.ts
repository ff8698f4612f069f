/** The straight line from one vector to another, and whom one meets on it. */

import { type Vector, combine, dot } from './cosine';

/** A stretch of the line along which one text is the nearest. */
export interface Stretch {
  /** Index of that text among those that could be met. */
  readonly nearest: number;
  /** Where the stretch begins and ends, as shares of the line. */
  readonly from: number;
  readonly to: number;
}

/** So many places on the line are looked at. */
const STEPS = 100;

/** The vector at a share of the line, at unit length; null where the two cancel out. */
export function between(a: Vector, b: Vector, share: number): Float64Array | null {
  return combine([a, b], [1 - share, share]);
}

/** The nearest of `others` at a vector; null where there is none. */
export function nearestOf(at: Vector, others: readonly Vector[]) {
  let found: { nearest: number; similarity: number } | null = null;
  others.forEach((other, nearest) => {
    const similarity = dot(at, other);
    if (!found || similarity > found.similarity) found = { nearest, similarity };
  });
  return found as { nearest: number; similarity: number } | null;
}

/** Who is nearest from one end to the other. */
export function stretches(a: Vector, b: Vector, others: readonly Vector[]): Stretch[] {
  const found: { nearest: number; from: number; to: number }[] = [];
  for (let step = 0; step <= STEPS; step++) {
    const at = between(a, b, step / STEPS);
    const nearest = at && nearestOf(at, others)?.nearest;
    if (nearest == null) continue;
    const last = found.at(-1);
    const edge = Math.max(0, (step - 0.5) / STEPS);
    if (last?.nearest === nearest) last.to = 1;
    else {
      if (last) last.to = edge;
      found.push({ nearest, from: edge, to: 1 });
    }
  }
  return found;
}
