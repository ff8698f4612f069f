/** The texts of a file that was dropped on the page, or opened: the server reads it. */

import { send } from '../api/client';
import type { TextsAnswer } from '../api/types';

/** Bytes of a file that the server takes; larger ones are for the command line. */
export const LARGEST = 20_000_000;

/** At most so many of its texts; a table gives those of one column. */
export function textsOf(
  name: string,
  content: Blob,
  most: number,
  encoding?: string,
): Promise<TextsAnswer> {
  return send('api/texts', { name, most: String(most), encoding }, content);
}
