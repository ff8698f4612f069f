/** How the numbers of a vector are laid out as cells. */

export interface Grid {
  columns: number;
  rows: number;
}

/** Least width of a cell, in CSS pixels, that an eye and a pointer can hit. */
const CELL = 5;

/** Fewest rows whose cells are wide enough; a narrow screen gets more rows, not thinner cells. */
export function gridFor(dims: number, width: number): Grid {
  for (let rows = 4; rows < dims; rows += 2) {
    const columns = Math.ceil(dims / rows);
    if (width / columns >= CELL) return { columns, rows: Math.ceil(dims / columns) };
  }
  return { columns: 1, rows: dims };
}

/** Edges of `count` cells over `length` device pixels: whole pixels, so that no edge blurs. */
export function edges(count: number, length: number): number[] {
  return Array.from({ length: count + 1 }, (_, i) => Math.round((i * length) / count));
}
