/** An answer of the server, sorted to the boxes that it is about. */

import type { Comparison } from '../api/types';
import { decodeVector } from '../vectors/decode';
import type { Boxes } from './boxes';

/** What an answer says about the text of one box. */
export interface Result {
  readonly text: string;
  readonly tokens: number;
  readonly truncated: boolean;
  /** Tokens that the encoder does not know. */
  readonly unknown: number;
  readonly similarity: number;
  readonly percentile: number;
  readonly likeness: string | null;
  readonly embedding: string;
  readonly vector: Float32Array;
  readonly isFirst: boolean;
  readonly isBest: boolean;
}

export interface Answer {
  readonly comparison: Comparison;
  /** Box of each text. */
  readonly ids: readonly number[];
  readonly results: ReadonlyMap<number, Result>;
}

/** A text with its results, as the picture and the chapters see it. */
export interface Row extends Result {
  readonly id: number;
  /** Number of its box, from 1. */
  readonly number: number;
  /** Index in the comparison and its matrix. */
  readonly index: number;
}

/**
 * Sorts a comparison to boxes. What did not change since the answer `before` is the same object
 * again, so that nothing about it is computed or drawn again.
 */
export function toAnswer(
  ids: readonly number[],
  comparison: Comparison,
  before: Answer | null,
): Answer {
  const best = new Set(comparison.best);
  const results = new Map<number, Result>();
  comparison.texts.forEach(({ point: _point, nearest: _nearest, ...text }, i) => {
    const known = before?.results.get(ids[i]!);
    const vector =
      known?.embedding === text.embedding ? known.vector : decodeVector(text.embedding);
    const result: Result = { ...text, vector, isFirst: i === 0, isBest: best.has(i) };
    results.set(ids[i]!, known && same(known, result) ? known : result);
  });
  return { comparison, ids, results };
}

function same(one: Result, other: Result): boolean {
  return (Object.keys(one) as (keyof Result)[]).every((field) => one[field] === other[field]);
}

/** The texts of an answer whose boxes are still there, in the answer's order. */
export function toRows({ ids, results }: Answer, boxes: Boxes): Row[] {
  const numbers = new Map(boxes.map((box, i) => [box.id, i + 1]));
  return ids.flatMap((id, index) => {
    const number = numbers.get(id);
    return number === undefined ? [] : [{ ...results.get(id)!, id, number, index }];
  });
}

/** Where the text of each box stood in the picture, so that it does not turn while texts change. */
export function placesOf({ ids, comparison }: Answer): Map<number, number[]> {
  return new Map(ids.map((id, i) => [id, comparison.texts[i]!.point]));
}
