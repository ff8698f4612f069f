/** Numbers as they are shown. */

const MINUS = '\u2212';

/** Fixed decimals with a true minus sign; never “−0.00”. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/**
 * A percentile as it is read. Rounded down, so that it never claims more than was found; with
 * decimals at the ends, where they matter.
 */
export function percent(percentile: number): string {
  const decimals = percentile >= 99.9 ? 2 : percentile >= 99 || percentile < 1 ? 1 : 0;
  const step = 10 ** decimals;
  // a hair is added first: 93 may arrive as 92.99999999999999
  const floored = Math.floor(percentile * step + 1e-6) / step;
  return `${Math.min(floored, 99.99).toFixed(floored === 0 ? 0 : decimals)} %`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
