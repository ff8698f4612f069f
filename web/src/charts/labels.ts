/** Places labels beside points so that none covers a point or another label. */

import type { Place } from './layout';

export interface Label {
  /** Offset of the label's box from its point. */
  dx: number;
  dy: number;
  /** Where in that box the text is held, and the offset of that place. */
  anchor: 'start' | 'middle' | 'end';
  x: number;
  /** Which form of the text finds room; 0 is the longest. */
  form: number;
}

/** Widths of a label's forms: long, of middle length, short. */
export type Widths = readonly [number, number, number];

interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface Room {
  width: number;
  height: number;
  /** Height of a label. */
  line: number;
  /** Radius that is kept free around every point. */
  radius: number;
  /** Where no label may be. */
  taken?: readonly Rect[];
}

/**
 * Tries eight sides of each point in the order of `rank`, and leaves a label out (null) where
 * none is free: a picture with fewer labels reads better than one with labels on top of others.
 * Where some are left out, they are tried once more before the others, but not before the first
 * of all.
 */
export function placeLabels(
  places: readonly Place[],
  widths: readonly Widths[],
  rank: readonly number[],
  room: Room,
): (Label | null)[] {
  const labels = placeInOrder(places, widths, rank, room);
  const [first, ...others] = rank;
  const out = others.filter((i) => labels[i] === null);
  if (first === undefined || out.length === 0) return labels;
  const order = [first, ...out, ...others.filter((i) => labels[i] !== null)];
  const again = placeInOrder(places, widths, order, room);
  return count(again) > count(labels) ? again : labels;
}

function count(labels: readonly (Label | null)[]): number {
  return labels.filter((label) => label !== null).length;
}

function placeInOrder(
  places: readonly Place[],
  widths: readonly Widths[],
  rank: readonly number[],
  room: Room,
): (Label | null)[] {
  const points = places.map(({ x, y }) => around(x, y, room.radius));
  const taken: Rect[] = [...points, ...(room.taken ?? [])];
  const labels: (Label | null)[] = places.map(() => null);
  for (const i of rank) {
    const { x, y } = places[i]!;
    for (const label of sides(widths[i]!, room)) {
      const width = widths[i]![label.form]!;
      const box = boxAt(x + label.dx, y + label.dy, width, room.line);
      if (!inside(box, room) || taken.some((other, j) => j !== i && overlap(box, other))) continue;
      labels[i] = label;
      taken.push(box);
      break;
    }
  }
  return labels;
}

/** Beside the point, where it is read at once; then at its corners; shortened before left out. */
function sides(widths: Widths, room: Room): Label[] {
  const [long, middle, short] = widths.map((width, form) => sidesOf(width, form, room));
  const beside = (labels: Label[]) => labels.slice(0, 2);
  const corners = (labels: Label[]) => labels.slice(2);
  return [
    ...beside(long!),
    ...beside(middle!),
    ...corners(long!),
    ...corners(middle!),
    ...beside(short!),
    ...corners(short!),
  ];
}

function sidesOf(width: number, form: number, { line, radius }: Room): Label[] {
  const gap = radius + 3;
  const right = (x: number, dy: number): Label => ({ dx: x, dy, anchor: 'start', x, form });
  const left = (x: number, dy: number): Label => ({ dx: x - width, dy, anchor: 'end', x, form });
  const middle = (dy: number): Label => ({ dx: -width / 2, dy, anchor: 'middle', x: 0, form });
  const [above, below] = [-gap - line, gap];
  return [
    right(gap, -line / 2),
    left(-gap, -line / 2),
    right(gap - 4, above + 4),
    right(gap - 4, below - 4),
    left(4 - gap, above + 4),
    left(4 - gap, below - 4),
    middle(above),
    middle(below),
  ];
}

function around(x: number, y: number, radius: number): Rect {
  return { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius };
}

function boxAt(left: number, top: number, width: number, line: number): Rect {
  return { left, top, right: left + width, bottom: top + line };
}

function inside(box: Rect, { width, height }: Room): boolean {
  return box.left >= 0 && box.top >= 0 && box.right <= width && box.bottom <= height;
}

function overlap(a: Rect, b: Rect): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** A text as a label: one line, at most `most` characters, never half a character. */
export function shorten(text: string, most: number): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  return characters.length <= most
    ? characters.join('')
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}
