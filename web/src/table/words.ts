/** Sentences about a table, as `likewise look` has them. */

import type { LookAnswer } from '../api/types';
import { plural } from '../charts/numbers';

const SEPARATORS: Record<string, string> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'bars',
  ' ': 'spaces',
};

/** Format, separator, encoding and size. */
export function headline({
  format,
  separator,
  encoding,
  rows,
  columns,
  aside,
}: LookAnswer): string {
  const parts = [format];
  if (separator) parts.push(`${SEPARATORS[separator] ?? `“${separator}”`} between cells`);
  if (encoding) parts.push(encoding);
  const left = aside > 0 ? `, ${aside.toLocaleString('en')} set aside` : '';
  return `${parts.join(', ')}; ${plural(rows, 'row')} of ${plural(columns.length, 'column')}${left}.`;
}

export function missing(count: number): string {
  return count === 0 ? 'none' : count.toLocaleString('en');
}

/** How long the texts are for the encoder, and how many it will cut off. */
export function tokens(said: NonNullable<LookAnswer['tokens']>): string {
  const number = (value: number): string => value.toLocaleString('en');
  const reads = said.limit === null ? 'any number' : number(said.limit);
  const cut = said.cut_off === 0 ? 'none' : number(said.cut_off);
  return (
    `Tokens for ${said.encoder}, of ${plural(said.texts, 'text')}: median ` +
    `${number(said.median)}, longest ${number(said.longest)}; it reads ${reads}, so ${cut} ` +
    `will be cut off.`
  );
}
