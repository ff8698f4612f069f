/** Sentences to be tried: the first one, and those that a training still gets wrong. */

import type { TableAnswer } from '../api/types';

export const FIRST = 'I can’t believe they did this again.';

/** A denial fools a model of moods, because it fools the vectors. */
const MOODS = ['I am not sad at all.'];

/** What is to be tried of a table; nothing is known of a reader's own. */
export function trapsOf(table: TableAnswer | null): readonly string[] {
  return table?.id === 'moods' ? MOODS : [];
}
