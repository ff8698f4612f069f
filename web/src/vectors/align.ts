/** Laying one picture over another. */

import type { Points } from './neighbours';

interface Turn {
  /** −1 where the picture is mirrored. */
  side: number;
  fit: number;
  /** In radians. */
  angle: number;
}

/**
 * `points` turned about zero, and mirrored where that helps, until they lie as near to `onto` as
 * they can: a picture's directions mean nothing, so what is left is a difference of meaning.
 *
 * Orthogonal Procrustes in two dimensions (Schönemann 1966).
 */
export function aligned(points: Points, onto: Points): number[][] {
  const [turned, mirrored] = [1, -1].map((side) => {
    let [along, across] = [0, 0];
    points.forEach(([x = 0, y = 0], i) => {
      const [u = 0, v = 0] = onto[i]!;
      along += x * u + side * y * v;
      across += x * v - side * y * u;
    });
    return { side, fit: Math.hypot(along, across), angle: Math.atan2(across, along) };
  }) as [Turn, Turn];
  const { side, angle } = turned.fit >= mirrored.fit ? turned : mirrored;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return points.map(([x = 0, y = 0]) => [x * cos - side * y * sin, x * sin + side * y * cos]);
}
