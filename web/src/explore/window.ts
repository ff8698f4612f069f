/** Which rows of a long table are in sight: only those are in the page. */

/** As tall as a table may be, in pixels: browsers end at some 17 million. */
const TALLEST = 8_000_000;

export interface Window {
  /** How many rows there are. */
  count: number;
  /** How tall one is, and the room in which they are seen, in pixels. */
  row: number;
  room: number;
}

/** How tall the table is. */
export function tall({ count, row }: Window): number {
  return Math.min(TALLEST, count * row);
}

/** The row at the upper edge, with a fraction, where it was scrolled by so many pixels. */
export function rowAt(scrolled: number, window: Window): number {
  return Math.min(last(window), (scrolled / Math.max(1, way(window))) * last(window));
}

/** How far to scroll so that a row is at the upper edge. */
export function scrollTo(index: number, window: Window): number {
  const end = last(window);
  return end > 0 ? (Math.min(Math.max(0, index), end) / end) * way(window) : 0;
}

/** The first row that is in the page and the one behind the last, a few more than are seen. */
export function span(first: number, { count, row, room }: Window): [number, number] {
  const more = 6;
  return [
    Math.max(0, Math.floor(first) - more),
    Math.min(count, Math.ceil(first + room / row) + more),
  ];
}

/** How far it can be scrolled at most. */
function way(window: Window): number {
  return Math.max(0, tall(window) - window.room);
}

/** The row at the upper edge when it is scrolled to its end. */
function last({ count, row, room }: Window): number {
  return Math.max(0, count - room / row);
}
