/** Which key gives which label. */

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Labels by the digit that gives them: the first nine by their places.
 *
 * Where a label is a number itself, a digit gives the label that it is, or nothing; none does where
 * that could be the beginning of a longer number.
 */
export function keysOf(labels: readonly string[]): ReadonlyMap<string, string> {
  const numbers = labels.filter((label) => NUMBER.test(label));
  if (numbers.length === 0)
    return new Map(labels.slice(0, 9).map((label, place) => [String(place + 1), label]));
  if (numbers.some((label) => label.length > 1)) return new Map();
  return new Map(numbers.map((label) => [label, label]));
}
