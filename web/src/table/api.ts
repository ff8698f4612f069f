/** What the server understands of a table. */

import { reach, read } from '../api/client';
import type { LookAnswer } from '../api/types';

export async function look(table: string): Promise<LookAnswer> {
  return read<LookAnswer>(await reach(`api/tables/${encodeURIComponent(table)}/look`, {}));
}
