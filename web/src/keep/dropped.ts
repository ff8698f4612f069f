/** The texts of a file that was dropped on the page. */

import { lines } from '../state/boxes';

export interface Found {
  readonly texts: readonly string[];
  /** Where in the file they were, where it has more than texts. */
  readonly column: string | null;
}

/** Lines of a text file; of a table, the column whose cells are longest. */
export function textsOf(name: string, content: string): Found {
  const separator = /\.tsv$|\.tab$/i.test(name) ? '\t' : /\.csv$/i.test(name) ? ',' : null;
  if (separator === null) return { texts: lines(content), column: null };
  // spreadsheets of many countries write semicolons into a csv
  const rows = (separator === ',' ? [',', ';'] : [separator])
    .map((it) => cells(content, it))
    .reduce((best, other) => (evenness(other) > evenness(best) ? other : best));
  const columns = rows[0]?.length ?? 0;
  const long = (column: number) => rows.reduce((sum, row) => sum + (row[column] ?? '').length, 0);
  const at = Array.from({ length: columns }, (_, i) => i).reduce(
    (best, column) => (long(column) > long(best) ? column : best),
    0,
  );
  const all = rows.map((row) => (row[at] ?? '').trim());
  const [head = '', ...rest] = all;
  // a heading is one word above sentences
  const headed = rest.length > 0 && !/\s/.test(head) && rest.some((text) => /\s/.test(text));
  const texts = (headed ? rest : all).filter((text) => text !== '');
  return { texts, column: columns > 1 ? (headed ? head : `column ${at + 1}`) : null };
}

/** How many columns the rows have, where all have as many; 1 where they don't. */
function evenness(rows: readonly (readonly string[])[]): number {
  const columns = rows[0]?.length ?? 1;
  return rows.every((row) => row.length === columns) ? columns : 1;
}

/** Rows of cells, quoted as in RFC 4180. */
function cells(content: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  const text = content.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') ((cell += '"'), i++);
      else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === separator || c === '\n') {
      rows.at(-1)!.push(cell);
      cell = '';
      if (c === '\n') rows.push([]);
    } else cell += c;
  }
  rows.at(-1)!.push(cell);
  return rows.filter((row) => row.some((it) => it.trim() !== ''));
}
