/** The comparison that the server put into the page, so that results are there at first paint. */

import { Failure, toFailure } from './client';
import type { Comparison, ErrorAnswer } from './types';

/**
 * What the page opens with where the server gave no comparison: under the development server,
 * or while its encoder can't be had. The same texts as in likewise/server/static.py.
 */
export const OPENING_TEXTS = [
  'I love cats.',
  'Felines are my favourite animals.',
  'A cat sleeps for around fifteen hours a day.',
  'The Unix command cat prints files one after another.',
];

export type Opening = Comparison | Failure | null;

export function readOpening(page: Document = document): Opening {
  const source = page.getElementById('opening')?.textContent;
  if (!source) return null;
  const opening = JSON.parse(source) as Comparison | ErrorAnswer;
  return 'error' in opening ? toFailure(opening) : opening;
}
