/**
 * Finds points by where they lie: a grid of cells with some four points each, made once.
 */
export class Places {
  readonly #points: Float32Array;
  readonly #cells: number;
  readonly #starts: Uint32Array;
  readonly #order: Uint32Array;

  /** @param points x and y in turn, within −1…1. */
  constructor(points: Float32Array) {
    const n = points.length / 2;
    this.#points = points;
    this.#cells = Math.max(1, Math.min(2_048, Math.floor(Math.sqrt(n / 4))));
    this.#starts = new Uint32Array(this.#cells * this.#cells + 1);
    this.#order = new Uint32Array(n);
    const cellOf = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const cell = this.#cell(points[2 * i]!, points[2 * i + 1]!);
      cellOf[i] = cell;
      this.#starts[cell + 1]!++;
    }
    for (let cell = 0; cell < this.#starts.length - 1; cell++) {
      this.#starts[cell + 1]! += this.#starts[cell]!;
    }
    const next = this.#starts.slice();
    for (let i = 0; i < n; i++) this.#order[next[cellOf[i]!]!++] = i;
  }

  /** The point that is nearest to (x, y), at most `reach` away; of equals the lower one. */
  nearest(x: number, y: number, reach: number): number | null {
    let best: number | null = null;
    let least = reach * reach;
    for (const i of this.#near(x - reach, y - reach, x + reach, y + reach)) {
      const distance = (this.#points[2 * i]! - x) ** 2 + (this.#points[2 * i + 1]! - y) ** 2;
      if (distance < least || (distance === least && (best === null || i < best))) {
        [best, least] = [i, distance];
      }
    }
    return best;
  }

  /** The points within a rectangle, in order. */
  within(left: number, bottom: number, right: number, top: number): number[] {
    const found: number[] = [];
    for (const i of this.#near(left, bottom, right, top)) {
      const [x, y] = [this.#points[2 * i]!, this.#points[2 * i + 1]!];
      if (x >= left && x <= right && y >= bottom && y <= top) found.push(i);
    }
    return found.sort((a, b) => a - b);
  }

  /** The points within a polygon of x and y in turn, by the even–odd rule, in order. */
  inside(polygon: number[]): number[] {
    const xs = polygon.filter((_, i) => i % 2 === 0);
    const ys = polygon.filter((_, i) => i % 2 === 1);
    const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const;
    return this.within(...box).filter((i) => {
      const [x, y] = [this.#points[2 * i]!, this.#points[2 * i + 1]!];
      let odd = false;
      for (let a = 0, b = xs.length - 1; a < xs.length; b = a++) {
        if (ys[a]! > y === ys[b]! > y) continue;
        if (x < ((xs[b]! - xs[a]!) * (y - ys[a]!)) / (ys[b]! - ys[a]!) + xs[a]!) odd = !odd;
      }
      return odd;
    });
  }

  *#near(left: number, bottom: number, right: number, top: number): Iterable<number> {
    const [low, high] = [this.#cell(left, bottom), this.#cell(right, top)];
    const [firstColumn, lastColumn] = [low % this.#cells, high % this.#cells];
    const [firstRow, lastRow] = [Math.floor(low / this.#cells), Math.floor(high / this.#cells)];
    for (let row = firstRow; row <= lastRow; row++) {
      const from = this.#starts[row * this.#cells + firstColumn]!;
      const to = this.#starts[row * this.#cells + lastColumn + 1]!;
      for (let at = from; at < to; at++) yield this.#order[at]!;
    }
  }

  #cell(x: number, y: number): number {
    const place = (value: number) =>
      Math.min(this.#cells - 1, Math.max(0, Math.floor(((value + 1) / 2) * this.#cells)));
    return place(y) * this.#cells + place(x);
  }
}
