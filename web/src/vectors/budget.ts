/** Fewer numbers, or coarser ones: what a smaller budget does to a vector. */

import type { SizesAnswer } from '../api/types';
import { type Vector, cosine, descending } from './cosine';

export const PRECISIONS = ['float32', 'int8', 'bit'] as const;

export type Precision = (typeof PRECISIONS)[number];

export const PRECISION_NAMES = { float32: '32 bits each', int8: '8 bits', bit: '1 bit' } as const;

export interface Budget {
  /** How many of the first numbers are kept. */
  dims: number;
  precision: Precision;
}

/** Recall of the measured size that is nearest to a budget. */
export function recallAt({ dims, recall }: SizesAnswer, budget: Budget): number {
  const off = dims.map((tried) => Math.abs(tried - budget.dims));
  return recall[budget.precision]![off.indexOf(Math.min(...off))]!;
}

/** Bytes of one vector. */
export function bytes({ dims, precision }: Budget): number {
  return { float32: 4 * dims, int8: dims, bit: Math.ceil(dims / 8) }[precision];
}

/** The vector as it comes back from so small a store. */
export function squeeze(vector: Vector, { dims, precision }: Budget): Float64Array {
  const kept = Float64Array.from({ length: Math.min(dims, vector.length) }, (_, i) => vector[i]!);
  if (precision === 'bit') return kept.map((value) => (value < 0 ? -1 : 1));
  if (precision === 'float32') return kept;
  const most = kept.reduce((m, value) => Math.max(m, Math.abs(value)), 0) || 1;
  return kept.map((value) => (Math.round((value / most) * 127) / 127) * most);
}

export interface Rank {
  similarity: number;
  /** 1 is the most similar to the first. */
  rank: number;
}

/** Similarity of each vector to the first of them, and its rank among the others. */
export function ranks(vectors: readonly Vector[]): Rank[] {
  const first = vectors[0];
  if (!first) return [];
  const others = vectors.slice(1).map((vector) => cosine(first, vector));
  const order = descending(others);
  return others.map((similarity, i) => ({ similarity, rank: order.indexOf(i) + 1 }));
}
