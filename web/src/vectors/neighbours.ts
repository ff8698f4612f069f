/**
 * A picture of texts that keeps who is next to whom, where two directions can't keep the distances.
 *
 * t-SNE (van der Maaten & Hinton 2008, *Visualizing data using t-SNE*), exact, for a hundred texts
 * at most. It starts from the places that it is given, so the same texts get the same picture, and
 * a change of one moves the others as little as may be.
 */

export type Points = readonly (readonly number[])[];

/** Neighbours that each text is held to, by the weight of a Gaussian. */
const PERPLEXITY = 5;
const STEPS = 260;
const EXAGGERATED = 60;
const RATE = 12;

export function keepNeighbours(matrix: Points, start: Points): number[][] {
  const n = matrix.length;
  const p = affinities(matrix);
  const spread = Math.max(1e-9, ...start.flat().map(Math.abs));
  // places that coincide would never part: each begins a hair off its place, always the same one
  const at = start.map(([x = 0, y = 0], i) => [
    x / spread + 1e-4 * Math.cos(i),
    y / spread + 1e-4 * Math.sin(i),
  ]);
  const speed = at.map(() => [0, 0]);
  const q = new Float64Array(n * n);
  for (let step = 0; step < STEPS; step++) {
    const [push, momentum] = step < EXAGGERATED ? [4, 0.5] : [1, 0.8];
    let sum = 0;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        const [dx, dy] = [at[i]![0]! - at[j]![0]!, at[i]![1]! - at[j]![1]!];
        const near = 1 / (1 + dx * dx + dy * dy);
        q[i * n + j] = q[j * n + i] = near;
        sum += 2 * near;
      }
    }
    for (let i = 0; i < n; i++) {
      let [gx, gy] = [0, 0];
      for (let j = 0; j < n; j++) {
        if (i === j) continue;
        const near = q[i * n + j]!;
        const pull = (push * p[i * n + j]! - near / sum) * near;
        gx += pull * (at[i]![0]! - at[j]![0]!);
        gy += pull * (at[i]![1]! - at[j]![1]!);
      }
      speed[i]![0] = momentum * speed[i]![0]! - RATE * gx;
      speed[i]![1] = momentum * speed[i]![1]! - RATE * gy;
    }
    for (let i = 0; i < n; i++) {
      at[i]![0]! += speed[i]![0]!;
      at[i]![1]! += speed[i]![1]!;
    }
  }
  return at;
}

/** How likely each text picks each other as its neighbour, both ways; they add up to 1. */
function affinities(matrix: Points): Float64Array {
  const n = matrix.length;
  const wanted = Math.log(Math.min(PERPLEXITY, Math.max(1.5, (n - 1) / 3)));
  const one = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    // squared distance of unit vectors
    const squares = matrix[i]!.map((cosine) => 2 - 2 * cosine);
    const least = Math.min(...squares.filter((_, j) => j !== i));
    let [low, high, beta] = [0, Infinity, 1];
    for (let tried = 0; tried < 40; tried++) {
      let [sum, weighted] = [0, 0];
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        const weight = Math.exp(-beta * (squares[j]! - least));
        one[i * n + j] = weight;
        sum += weight;
        weighted += weight * (squares[j]! - least);
      }
      for (let j = 0; j < n; j++) one[i * n + j]! /= sum;
      const entropy = Math.log(sum) + (beta * weighted) / sum;
      if (Math.abs(entropy - wanted) < 1e-4) break;
      if (entropy > wanted) [low, beta] = [beta, high === Infinity ? beta * 2 : (beta + high) / 2];
      else [high, beta] = [beta, (beta + low) / 2];
    }
    one[i * n + i] = 0;
  }
  return one.map((_, k) => (one[k]! + one[(k % n) * n + Math.floor(k / n)]!) / (2 * n));
}

/** Of how many texts the nearest other text is among the `near` nearest in the picture. */
export function neighboursKept(matrix: Points, points: Points, near = 2): number {
  const n = matrix.length;
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const others = Array.from({ length: n }, (_, j) => j).filter((j) => j !== i);
    const nearest = others.reduce((best, j) => (matrix[i]![j]! > matrix[i]![best]! ? j : best));
    const far = (j: number) =>
      Math.hypot(points[i]![0]! - points[j]![0]!, points[i]![1]! - points[j]![1]!);
    const closer = others.filter((j) => far(j) < far(nearest)).length;
    if (closer < near) kept++;
  }
  return kept;
}
