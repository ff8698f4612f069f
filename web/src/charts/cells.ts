/** Where each number of a vector has its cell. */

import type { Grid } from './grid';

export interface Cells {
  /** Column and row of each number: x₀, y₀, x₁, y₁, … */
  readonly places: Float32Array;
  /** Number in a cell, counted row by row; null where a grid has more cells than there are numbers. */
  numberAt(cell: number): number | null;
  /** Cell of a number, counted row by row. */
  cellOf(number: number): number;
}

/**
 * Lays `dims` numbers out in a grid: row by row as the model gives them or, with an `order` of the
 * numbers, column by column in that order, so that it runs from the left edge to the right one.
 */
export function layCells(
  dims: number,
  { columns, rows }: Grid,
  order: readonly number[] | null,
): Cells {
  const places = new Float32Array(2 * dims);
  const numbers = new Int32Array(columns * rows).fill(-1);
  for (let k = 0; k < dims; k++) {
    const number = order ? order[k]! : k;
    const x = order ? Math.floor(k / rows) : k % columns;
    const y = order ? k % rows : Math.floor(k / columns);
    places[2 * number] = x;
    places[2 * number + 1] = y;
    numbers[y * columns + x] = number;
  }
  return {
    places,
    numberAt: (cell) => {
      const number = numbers[cell] ?? -1;
      return number < 0 ? null : number;
    },
    cellOf: (number) => places[2 * number + 1]! * columns + places[2 * number]!,
  };
}

/** Indices from the lowest value to the highest; equal values keep their order. */
export function ascending(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i).sort(
    (i, j) => values[i]! - values[j]! || i - j,
  );
}
