/** The texts of a file that was dropped on the page, or opened: the server reads it. */

import { reach, read } from '../api/client';
import type { TextsAnswer } from '../api/types';

/** Bytes of a file that the server takes; larger ones are for the command line. */
export const LARGEST = 20_000_000;

/** At most so many of its texts; a table gives those of one column. */
export async function textsOf(
  name: string,
  content: Blob,
  most: number,
  encoding?: string,
): Promise<TextsAnswer> {
  const asked = new URLSearchParams({ name, most: String(most), ...(encoding && { encoding }) });
  const response = await reach(`api/texts?${asked.toString()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: content,
  });
  return read<TextsAnswer>(response);
}
