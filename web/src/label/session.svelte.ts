/** Labelling one file: what is asked next, and what was answered. */

import { Failure, asFailure, reach, toFailure } from '../api/client';
import { upload } from '../classify/api';
import { save } from '../keep/save';
import type { ErrorAnswer } from '../api/types';

export interface Labelling {
  name: string;
  texts: number;
  labelled: number;
  labels: string[];
  next: {
    row: number;
    text: string;
    chances: { label: string; probability: number }[];
  } | null;
  last: { row: number; text: string; label: string } | null;
}

export type Ask = (path: string, body?: object) => Promise<Labelling>;

export class Session {
  now = $state.raw<Labelling | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);

  constructor(
    readonly ask: Ask = askServer,
    readonly table: () => Promise<Blob> = readTable,
    readonly go: (address: string) => void = (address) => location.assign(address),
  ) {
    void this.#do('');
  }

  /** How sure the model is of a label, null while it knows too little. */
  chance(label: string): number | null {
    const found = this.now?.next?.chances.find((chance) => chance.label === label);
    return found ? found.probability : null;
  }

  answer(label: string): void {
    const row = this.now?.next?.row;
    if (row !== undefined && label.trim()) void this.#do('', { row, label: label.trim() });
  }

  skip(): void {
    const row = this.now?.next?.row;
    if (row !== undefined) void this.#do('/skip', { row });
  }

  undo(): void {
    if (this.now?.last) void this.#do('/undo', {});
  }

  /** Gives the texts that have a label, with it. */
  async download(): Promise<void> {
    await this.#with(async () => save('labelled.csv', await this.table(), 'text/csv'));
  }

  /** Goes on to where a model is trained on what has a label. */
  async train(): Promise<void> {
    await this.#with(async () => {
      const { id } = await upload('labelled.csv', await this.table());
      this.go(`classify.html#table=${id}`);
    });
  }

  async #with(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.failure = null;
    } catch (error) {
      this.failure = asFailure(error);
    }
  }

  reload(): void {
    void this.#do('');
  }

  async #do(path: string, body?: object): Promise<void> {
    if (this.busy) return; // an answer must not be given to a text that was not read yet
    this.busy = true;
    try {
      this.now = await this.ask(path, body);
      this.failure = null;
    } catch (error) {
      this.failure = asFailure(error);
    }
    this.busy = false;
  }
}

async function readTable(): Promise<Blob> {
  const response = await reach('api/label/table', {});
  if (!response.ok) throw toFailure((await response.json()) as ErrorAnswer);
  return response.blob();
}

async function askServer(path: string, body?: object): Promise<Labelling> {
  let response: Response;
  try {
    response = await fetch(
      `api/label${path}`,
      body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
    );
  } catch {
    throw new Failure(
      'The server does not answer.',
      'Check that “likewise label --page” is still running in its terminal, then try again.',
      'unreachable',
    );
  }
  if (response.ok) return (await response.json()) as Labelling;
  if (response.status === 404)
    throw new Failure(
      'No file is being labelled.',
      'Start with “likewise label FILE -o OUT --page” in a terminal.',
      'not_found',
    );
  throw toFailure((await response.json()) as ErrorAnswer);
}
