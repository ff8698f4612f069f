/** Rows of a collection as sets and in orders; all in typed arrays, for there may be a million. */

/** The rows that are in both, in the order of the first; null stands for all rows. */
export function both(one: Int32Array | null, other: Int32Array | null): Int32Array | null {
  if (one === null || other === null) return one ?? other;
  const most = other.length ? other.reduce((a, b) => Math.max(a, b)) : -1;
  const there = new Uint8Array(most + 1);
  for (const row of other) there[row] = 1;
  return one.filter((row) => there[row] === 1);
}

/** Some rows in the order in which they stand among all; the other way round where `down`. */
export function inOrder(rows: Int32Array | null, order: Int32Array, down: boolean): Int32Array {
  const found = rows === null ? order.slice() : both(order, rows)!;
  return down ? found.reverse() : found;
}

/** All rows, the one with the least value first; of equals the one that comes first. */
export function byValue(values: Float32Array): Int32Array {
  return Int32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
}
