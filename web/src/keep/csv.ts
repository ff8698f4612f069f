/** Tables as CSV (RFC 4180) of which a spreadsheet runs no cell. */

type Cell = string | number | boolean;

// the rule of likewise/files/guard.py, which takes the apostrophes off again
const RISKY = /^'*(?:[\t\r\n\0]|\s*[=+\-@＝＋－＠])/;
const WITHIN =
  /([;\t\r\n][ "]*)('*)(?=[=＝](?![=＝]|[;\t\r\n]|$)|[+\-@＋－＠][^;\t\r\n]*?(?:[^ ;\t\r\n()]\(|[^ ;\t\r\n!]![$A-Za-z0-9]))/g;
const PLAIN = /^ *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function csv(rows: Cell[][]): string {
  return rows.map((row) => row.map(cell).join(',') + '\r\n').join('');
}

/** A text that a spreadsheet would compute gets an apostrophe; quoted is what another could cut. */
function cell(value: Cell): string {
  const text = typeof value === 'string' ? guarded(value) : String(value);
  return /[",;\t\r\n]|^ | $/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function guarded(text: string): string {
  const within = text.replace(WITHIN, "$1'$2");
  return RISKY.test(within) && !PLAIN.test(within) ? `'${within}` : within;
}
