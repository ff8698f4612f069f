/** Conditions as the filter's little language writes them. */

export interface Column {
  name: string;
  kind: string;
}

const PLAIN = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;
const WORDS = /^(and|or|not|in|contains|is|missing|null|true|false)$/i;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;

/** Whether the cells of a kind lie on a scale. */
export function isScale(kind: string): boolean {
  return kind === 'number' || kind === 'time';
}

/** A value that a column of a kind could have. */
export function example(kind: string): string {
  return { number: '10', time: '2020-12-31' }[kind] ?? '…';
}

/** What a column of a kind can be asked. */
export function questions(kind: string): string[] {
  const missing = ['is missing', 'is not missing'];
  return isScale(kind)
    ? ['=', '!=', '<', '<=', '>', '>=', ...missing]
    : ['=', '!=', 'contains', 'not contains', '<=', '>=', ...missing];
}

/** One condition; null where a value is wanted and is not there, or is no number. */
export function condition({ name, kind }: Column, question: string, value: string): string | null {
  const quoted = `\`${name.replaceAll('`', '``')}\``;
  const column = PLAIN.test(name) && !WORDS.test(name) ? name : quoted;
  if (question.endsWith('missing')) return `${column} ${question}`;
  const given = value.trim();
  if (!given) return null;
  if (kind === 'number') return NUMBER.test(given) ? `${column} ${question} ${given}` : null;
  return `${column} ${question} "${value.replaceAll('"', '""')}"`;
}

/** A filter with one more condition, which all must pass. */
export function added(filter: string, more: string): string {
  const before = filter.trim();
  if (!before) return more;
  return /\bor\b/i.test(before) ? `(${before}) and ${more}` : `${before} and ${more}`;
}
