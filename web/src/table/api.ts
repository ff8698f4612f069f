/** What the server understands of a table. */

import { reach, read } from '../api/client';
import type { LookAnswer } from '../api/types';

export async function look(table: string, of = 'api/tables'): Promise<LookAnswer> {
  return read<LookAnswer>(await reach(`${of}/${encodeURIComponent(table)}/look`, {}));
}
