/** Sentences that a training on an example still gets wrong. */

import type { TableAnswer } from '../api/types';

/** A denial fools a model of moods, because it fools the vectors. */
const MOODS = ['I am not sad at all.'];

/** What is to be tried of a table; nothing is known of a reader's own. */
export function trapsOf(table: TableAnswer | null): readonly string[] {
  return table?.id === 'moods' ? MOODS : [];
}
