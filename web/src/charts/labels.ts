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
  /** End of the line that leads from the point to a label that is not beside it. */
  lead?: Place;
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
  /** Lines that no label is put over while there is room elsewhere. */
  lines?: readonly (readonly [Place, Place])[];
}

/**
 * Tries eight sides of each point in the order of `rank`, then places further off that a line leads
 * to, and leaves a label out (null) where none is free: a picture with fewer labels reads better
 * than one with labels on top of others. A label without a line is nearer to its own point than to
 * any other, so that it can't be read as another's. Where some are left out, they are tried once more before the others, but not before the first
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
    let found: { label: Label; box: Rect } | null = null;
    for (const label of sides(widths[i]!, room)) {
      const width = widths[i]![label.form]!;
      const box = boxAt(x + label.dx, y + label.dy, width, room.line);
      if (!inside(box, room) || taken.some((other, j) => j !== i && overlap(box, other))) continue;
      if (label.lead ? crosses(i, label.lead, places, taken) : mistaken(i, box, places)) continue;
      const clear = !struck(box, room.lines);
      if (clear || found === null) found = { label, box };
      if (clear) break;
    }
    if (found === null) continue;
    labels[i] = found.label;
    taken.push(found.box);
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
    ...FAR.flatMap((distance) => ledTo(widths[1], 1, distance, room)),
    ...FAR.flatMap((distance) => ledTo(widths[2], 2, distance, room)),
  ];
}

/** Distances of labels that a line leads to. */
const FAR = [26, 44];
const DIRECTIONS = [0, 4, 1, 7, 3, 5, 2, 6].map((eighth) => (eighth * Math.PI) / 4);

/** Where a label stands with its nearest edge at `distance` from its point. */
function ledTo(width: number, form: number, distance: number, { line }: Room): Label[] {
  return DIRECTIONS.map((angle) => {
    const lead = { x: distance * Math.cos(angle), y: distance * Math.sin(angle) };
    const dy = lead.y - line / 2;
    if (Math.abs(lead.x) < 1) {
      const y = lead.y > 0 ? lead.y : lead.y - line;
      return { dx: -width / 2, dy: y, anchor: 'middle', x: 0, form, lead };
    }
    return lead.x > 0
      ? { dx: lead.x + 3, dy, anchor: 'start', x: lead.x + 3, form, lead }
      : { dx: lead.x - 3 - width, dy, anchor: 'end', x: lead.x - 3, form, lead };
  });
}

/** Whether a label could be read as that of a point which it does not belong to. */
function mistaken(own: number, box: Rect, places: readonly Place[]): boolean {
  const away = ({ x, y }: Place) =>
    Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  const mine = away(places[own]!);
  return places.some((place, j) => j !== own && away(place) < mine + 6);
}

/** Whether a line from a point runs into another point or over a label. */
function crosses(
  own: number,
  { x, y }: Place,
  places: readonly Place[],
  taken: readonly Rect[],
): boolean {
  const from = places[own]!;
  return [0.35, 0.5, 0.65, 0.8, 0.95].some((share) => {
    const at = { x: from.x + x * share, y: from.y + y * share };
    return taken.some(
      (rect, j) =>
        j !== own && at.x > rect.left && at.x < rect.right && at.y > rect.top && at.y < rect.bottom,
    );
  });
}

/** Whether a line goes through a label as if to cross it out. */
function struck(box: Rect, lines: Room['lines'] = []): boolean {
  return lines.some(([from, to]) => {
    // the part of the line within the box, side by side: from `start` to `end` of its length
    let [start, end] = [0, 1];
    for (const [at, way, least, most] of [
      [from.x, to.x - from.x, box.left, box.right],
      [from.y, to.y - from.y, box.top, box.bottom],
    ] as const) {
      if (way === 0) {
        if (at < least || at > most) return false;
        continue;
      }
      const [one, other] = [(least - at) / way, (most - at) / way];
      start = Math.max(start, Math.min(one, other));
      end = Math.min(end, Math.max(one, other));
    }
    return start < end;
  });
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
