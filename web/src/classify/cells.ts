/** Which cells of a confusion matrix are drawn, and how the arrow keys go from one to another. */

export interface Cell {
  row: number;
  column: number;
  count: number;
}

/** All cells in reading order; where there are many classes, those alone that hold texts. */
export function cellsOf(counts: number[][], whole: boolean): Cell[] {
  const found: Cell[] = [];
  counts.forEach((row, r) =>
    row.forEach((count, c) => {
      if (whole || count > 0) found.push({ row: r, column: c, count });
    }),
  );
  return found;
}

/** The place of the cell that an arrow key leads to; the same one at the edge or for another key. */
export function step(cells: readonly Cell[], from: number, key: string): number {
  const here = cells[from]!;
  const beside = (to: number) => (cells[to]?.row === here.row ? to : from);
  if (key === 'ArrowLeft') return beside(from - 1);
  if (key === 'ArrowRight') return beside(from + 1);
  if (key === 'ArrowUp') return nearest(cells, from, cells[firstOf(cells, here.row) - 1]?.row);
  if (key === 'ArrowDown') {
    return nearest(cells, from, cells.find(({ row }) => row > here.row)?.row);
  }
  return from;
}

function firstOf(cells: readonly Cell[], row: number): number {
  return cells.findIndex((cell) => cell.row === row);
}

/** The cell of `row` whose column is the nearest; `from` where there is no such row. */
function nearest(cells: readonly Cell[], from: number, row: number | undefined): number {
  if (row === undefined) return from;
  const away = (place: number) => Math.abs(cells[place]!.column - cells[from]!.column);
  let best = firstOf(cells, row);
  for (let place = best; cells[place]?.row === row; place++) {
    if (away(place) < away(best)) best = place;
  }
  return best;
}
