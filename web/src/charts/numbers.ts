/** Numbers as they are shown. */

const MINUS = '\u2212';

/** Fixed decimals with a true minus sign; never “−0.00”. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/**
 * A percentile as it is read, in whole per cents and rounded down: the few hundred sentences that it
 * rests on carry no more.
 */
export function percent(percentile: number): string {
  if (percentile > 99) return 'over 99 %';
  // a hair is added first: 93 may arrive as 92.99999999999999
  const floored = Math.floor(percentile + 1e-6);
  return floored < 1 ? 'under 1 %' : `${floored} %`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
