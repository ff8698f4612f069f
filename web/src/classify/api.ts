/** Tables, trainings and predictions of the server. */

import { post, reach, read } from '../api/client';
import type { CellTexts, Checks, Kind, Predictions, Table, Training } from './types';

export interface Choice {
  text: string;
  label: string;
  kind: Kind;
}

export async function upload(name: string, content: Blob): Promise<Table> {
  const response = await reach(`api/tables?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: content,
  });
  return read<Table>(response);
}

export async function moods(): Promise<Table> {
  return read<Table>(await reach('api/tables/moods', {}));
}

export function check(table: string, choice: Choice, signal?: AbortSignal): Promise<Checks> {
  return post<Checks>(`api/tables/${encodeURIComponent(table)}/checks`, choice, signal);
}

export function train(table: string, choice: Choice): Promise<Training> {
  return post<Training>('api/trainings', { table, ...choice });
}

export async function training(id: string): Promise<Training> {
  return read<Training>(await reach(trainingPath(id), {}));
}

export async function stop(id: string): Promise<void> {
  await read<Training>(await reach(trainingPath(id), { method: 'DELETE' }));
}

export async function cell(id: string, actual: number, called: number): Promise<CellTexts> {
  return read<CellTexts>(
    await reach(`${trainingPath(id)}/cell?true=${actual}&called=${called}`, {}),
  );
}

export function predict<P>(
  id: string,
  texts: string[],
  coverage: number,
  signal?: AbortSignal,
): Promise<Predictions<P>> {
  return post<Predictions<P>>(`${trainingPath(id)}/predict`, { texts, coverage }, signal);
}

export function trainingPath(id: string): string {
  return `api/trainings/${encodeURIComponent(id)}`;
}
