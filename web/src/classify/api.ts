/** Tables, trainings and predictions of the server. */

import { post, reach, read, send } from '../api/client';
import type {
  CellAnswer,
  ChecksAnswer,
  ClassifiersAnswer,
  ColumnsRequest,
  PredictAnswer,
  TableAnswer,
  TrainingAnswer,
} from '../api/types';

/** Send a table; `to` is api/uploads where a collection is to be made of it. */
export function upload(
  name: string,
  content: Blob,
  encoding?: string,
  to = 'api/tables',
): Promise<TableAnswer> {
  return send(to, { name, encoding }, content);
}

export async function moods(): Promise<TableAnswer> {
  return read<TableAnswer>(await reach('api/tables/moods', {}));
}

/** A table that is on the server already, such as one made of a selection in Explore. */
export async function tableOf(id: string): Promise<TableAnswer> {
  return read<TableAnswer>(await reach(`api/tables/${encodeURIComponent(id)}`, {}));
}

export function check(
  table: string,
  choice: ColumnsRequest,
  signal?: AbortSignal,
): Promise<ChecksAnswer> {
  return post<ChecksAnswer>(`api/tables/${encodeURIComponent(table)}/checks`, choice, signal);
}

/** A text that a training learns beside those of its table. */
export interface AddedText {
  readonly text: string;
  readonly label: string;
}

/** `quick` tries logistic regression alone. */
export function train(
  table: string,
  choice: ColumnsRequest,
  quick = false,
  corrections: ReadonlyMap<number, string> = new Map(),
  added: readonly AddedText[] = [],
): Promise<TrainingAnswer> {
  return post<TrainingAnswer>('api/trainings', {
    table,
    ...choice,
    ...(quick && { quick }),
    ...(corrections.size > 0 && {
      corrections: [...corrections].map(([row, label]) => ({ row, label })),
    }),
    ...(added.length > 0 && { added }),
  });
}

export async function training(id: string): Promise<TrainingAnswer> {
  return read<TrainingAnswer>(await reach(trainingPath(id), {}));
}

export async function stop(id: string): Promise<void> {
  await read<TrainingAnswer>(await reach(trainingPath(id), { method: 'DELETE' }));
}

export async function cell(id: string, actual: number, predicted: number): Promise<CellAnswer> {
  return read<CellAnswer>(
    await reach(`${trainingPath(id)}/cell?true=${actual}&predicted=${predicted}`, {}),
  );
}

/** Asks a model, a training's or the operator's, about texts. */
export function predict(
  path: string,
  texts: string[],
  coverage: number,
  signal?: AbortSignal,
): Promise<PredictAnswer> {
  return post<PredictAnswer>(path, { texts, coverage }, signal);
}

/** Models that the operator of this server offers. */
export async function classifiers(): Promise<ClassifiersAnswer['models']> {
  return (await read<ClassifiersAnswer>(await reach('api/classify', {}))).models;
}

export function classifierPath(name: string): string {
  return `api/classify/${encodeURIComponent(name)}`;
}

export function trainingPath(id: string): string {
  return `api/trainings/${encodeURIComponent(id)}`;
}
