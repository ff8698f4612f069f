/**
 * Finds points by where they lie: a grid of cells with some four points each, made once.
 */
export class Places {
  /** The points, those of a cell together; and which point each of them is. */
  readonly points: Float32Array;
  readonly order: Uint32Array;
  readonly #cells: number;
  readonly #starts: Uint32Array;

  /** @param points x and y in turn, within −1…1. */
  constructor(points: Float32Array) {
    const n = points.length / 2;
    this.#cells = Math.max(1, Math.min(2_048, Math.floor(Math.sqrt(n / 4))));
    this.#starts = new Uint32Array(this.#cells * this.#cells + 1);
    this.points = new Float32Array(2 * n);
    this.order = new Uint32Array(n);
    const cellOf = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const cell = this.#row(points[2 * i + 1]!) * this.#cells + this.#row(points[2 * i]!);
      cellOf[i] = cell;
      this.#starts[cell + 1]!++;
    }
    for (let cell = 0; cell < this.#starts.length - 1; cell++) {
      this.#starts[cell + 1]! += this.#starts[cell]!;
    }
    const next = this.#starts.slice();
    for (let i = 0; i < n; i++) {
      const at = next[cellOf[i]!]!++;
      this.order[at] = i;
      this.points[2 * at] = points[2 * i]!;
      this.points[2 * at + 1] = points[2 * i + 1]!;
    }
  }

  /** The point that is nearest to (x, y), at most `reach` away; of equals the lower one. */
  nearest(x: number, y: number, reach: number): number | null {
    let best: number | null = null;
    let least = reach * reach;
    const runs = this.runs(x - reach, y - reach, x + reach, y + reach);
    for (let run = 0; run < runs.length; run += 2) {
      for (let at = runs[run]!; at < runs[run + 1]!; at++) {
        const distance = (this.points[2 * at]! - x) ** 2 + (this.points[2 * at + 1]! - y) ** 2;
        if (distance > least) continue;
        const i = this.order[at]!;
        if (distance < least || best === null || i < best) [best, least] = [i, distance];
      }
    }
    return best;
  }

  /** The points within a rectangle, in order. */
  within(left: number, bottom: number, right: number, top: number): Int32Array {
    const found: number[] = [];
    const runs = this.runs(left, bottom, right, top);
    for (let run = 0; run < runs.length; run += 2) {
      for (let at = runs[run]!; at < runs[run + 1]!; at++) {
        const [x, y] = [this.points[2 * at]!, this.points[2 * at + 1]!];
        if (x >= left && x <= right && y >= bottom && y <= top) found.push(this.order[at]!);
      }
    }
    return Int32Array.from(found).sort();
  }

  /** The points within a polygon of x and y in turn, by the even–odd rule, in order. */
  inside(polygon: number[]): Int32Array {
    const xs = polygon.filter((_, i) => i % 2 === 0);
    const ys = polygon.filter((_, i) => i % 2 === 1);
    if (xs.length < 3) return new Int32Array();
    const found: number[] = [];
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const runs = this.runs(left, Math.min(...ys), right, Math.max(...ys));
    for (let run = 0; run < runs.length; run += 2) {
      const [from, to] = [runs[run]!, runs[run + 1]!];
      // a run is a row of cells, which few edges cross
      const edges = this.#crossing(xs, ys, from, to);
      if (!edges.length) continue;
      for (let at = from; at < to; at++) {
        const [x, y] = [this.points[2 * at]!, this.points[2 * at + 1]!];
        let odd = false;
        for (const [ax, ay, bx, by] of edges) {
          if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
        }
        if (odd) found.push(this.order[at]!);
      }
    }
    return Int32Array.from(found).sort();
  }

  /** From where to where `points` lie in the cells of a rectangle, in turn: a run for each row. */
  runs(left: number, bottom: number, right: number, top: number): number[] {
    const [first, last] = [this.#row(left), this.#row(right)];
    const found: number[] = [];
    for (let row = this.#row(bottom); row <= this.#row(top); row++) {
      const from = this.#starts[row * this.#cells + first]!;
      const to = this.#starts[row * this.#cells + last + 1]!;
      if (from < to) found.push(from, to);
    }
    return found;
  }

  /** The edges of a polygon at whose height some of the points lie. */
  #crossing(
    xs: number[],
    ys: number[],
    from: number,
    to: number,
  ): [number, number, number, number][] {
    let [low, high] = [Infinity, -Infinity];
    for (let at = from; at < to; at++) {
      const y = this.points[2 * at + 1]!;
      if (y < low) low = y;
      if (y > high) high = y;
    }
    const edges: [number, number, number, number][] = [];
    for (let a = 0, b = xs.length - 1; a < xs.length; b = a++) {
      const [ay, by] = [ys[a]!, ys[b]!];
      if (Math.min(ay, by) <= high && Math.max(ay, by) >= low) {
        edges.push([xs[a]!, ay, xs[b]!, by]);
      }
    }
    return edges;
  }

  /** The row, or the column, of cells in which a number lies. */
  #row(value: number): number {
    const cell = Math.floor(((value + 1) / 2) * this.#cells);
    return cell < 0 ? 0 : cell >= this.#cells ? this.#cells - 1 : cell;
  }
}
