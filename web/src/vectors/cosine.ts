/** Similarity and what it is made of. All vectors are of one encoder and of unit length. */

export type Vector = ArrayLike<number>;

/** Sum of the products: for unit vectors, the cosine. */
export function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Cosine of any two vectors; 0 where one has no direction. */
export function cosine(a: Vector, b: Vector): number {
  const length = Math.sqrt(dot(a, a) * dot(b, b));
  return length === 0 ? 0 : dot(a, b) / length;
}

/** What each number contributes: the shares add up to the cosine. */
export function shares(a: Vector, b: Vector): Float64Array {
  const length = Math.sqrt(dot(a, a) * dot(b, b)) || 1;
  return Float64Array.from({ length: a.length }, (_, i) => (a[i]! * b[i]!) / length);
}

export function running(values: Vector): Float64Array {
  let sum = 0;
  return Float64Array.from(values, (value) => (sum += value));
}

/** Indices from the largest value to the smallest; equal values keep their order. */
export function descending(values: Vector): number[] {
  return Array.from({ length: values.length }, (_, i) => i).sort(
    (i, j) => values[j]! - values[i]! || i - j,
  );
}

/**
 * Sum of vectors with signs, back at unit length; null where they cancel out.
 *
 * `king − man + woman` in the space of an encoder: Mikolov, Yih & Zweig (2013).
 */
export function combine(vectors: readonly Vector[], signs: readonly number[]): Float64Array | null {
  const dims = vectors[0]?.length ?? 0;
  const sum = new Float64Array(dims);
  vectors.forEach((vector, k) => {
    for (let i = 0; i < dims; i++) sum[i]! += signs[k]! * vector[i]!;
  });
  const length = Math.sqrt(dot(sum, sum));
  return length < 1e-6 ? null : sum.map((value) => value / length);
}
