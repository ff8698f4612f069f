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

/** Round values for an axis that covers `low` to `high`, at most five of them. */
export function ticks(low: number, high: number): number[] {
  const range = high - low;
  if (!(range > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(range));
  const step = [0.2, 0.5, 1, 2, 5].map((m) => m * power).find((s) => range / s <= 4) ?? range;
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    found.push(Number((i * step).toPrecision(12)));
  }
  return found;
}
