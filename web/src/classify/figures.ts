/** Shares, differences and promises as the Classify page shows them. */

import { fixed } from '../charts/numbers';

/** A share from 0 to 1 in percent; never "100.0 %" for less than all. */
export function share(value: number, decimals = 1): string {
  const step = 10 ** decimals;
  const rounded = Math.round(value * 100 * step) / step;
  const shown = value < 1 && rounded >= 100 ? 100 - 1 / step : rounded;
  return `${shown.toFixed(decimals)} %`;
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
