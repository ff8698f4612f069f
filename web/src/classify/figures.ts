/**
 * Shares, differences and promises as the Classify page shows them: rounded as the terminal and the
 * report round, see `likewise/classify/report/figures.py`.
 */

import { fixed } from '../charts/numbers';

/** A share from 0 to 1 in percent; never "100.0 %" for less than all. */
export function share(value: number, decimals = 1): string {
  return `${hundred(value, decimals)} %`;
}

/** How many of a hundred a share is; never 100 for less than all. */
export function hundred(value: number, decimals = 0): string {
  const shown = fixed(100 * value, decimals);
  return value < 1 && Number(shown) >= 100 ? fixed(100 - 10 ** -decimals, decimals) : shown;
}

const FOUR = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

/** A number of unknown unit with four digits, e.g. "0.4312", "5" or "12,350". */
export function number(value: number, sign = false): string {
  const text = FOUR.format(Math.abs(value));
  if (value < 0) return `−${text}`;
  return sign && value > 0 ? `+${text}` : text;
}

/** A difference of shares in points, with its sign. */
export function points(value: number): string {
  const text = fixed(value * 100, 1);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** The bounds of a difference, e.g. "+1.0 to +4.2". */
export function span([low = 0, high = 0]: readonly number[]): string {
  return `${points(low)} to ${points(high)}`;
}

/** What is said of a text that is unlike all that was learnt. */
export const NONE = 'none of these';

/** What stands before the set of a text that is none of the labels: how both are true. */
export const UNLIKE =
  'This promise is for texts like those it was trained on, and this one is not. If it were, its set would be:';

/** What is known about the promise that is nearest to the asked one; undefined where nothing is. */
export function nearestPromise<T extends { coverage: number }>(
  known: readonly T[],
  asked: number,
): T | undefined {
  return known.reduce<T | undefined>(
    (best, entry) =>
      best === undefined || Math.abs(entry.coverage - asked) < Math.abs(best.coverage - asked)
        ? entry
        : best,
    undefined,
  );
}
