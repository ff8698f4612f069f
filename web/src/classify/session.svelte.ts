/** One visit to the Classify page: a table, what was chosen in it, and the training. */

import { type Failure, asFailure } from '../api/client';
import { failureOf, follow } from '../api/job';
import * as api from './api';
import type {
  ChecksAnswer,
  ColumnsRequest,
  Kind,
  Results,
  TableAnswer,
  TrainingAnswer,
} from '../api/types';

export type Stage = 'table' | 'columns' | 'training' | 'done';

export class Session {
  table = $state.raw<TableAnswer | null>(null);
  text = $state('');
  label = $state('');
  kind = $state<Kind>('classes');
  checks = $state.raw<ChecksAnswer | null>(null);
  training = $state.raw<TrainingAnswer | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** Whether a table is on its way. */
  reading = $state(false);
  checking = $state(false);
  /** Labels that the reader put right, by the rows of the table. */
  corrections = $state.raw<ReadonlyMap<number, string>>(new Map());
  /** Those that the last training learnt from. */
  #learnt = $state.raw<ReadonlyMap<number, string>>(new Map());
  /** What the table has in rows that were put right: a training on corrections names these. */
  #given = new Map<number, string>();
  /** What the reader taught it beside the table. */
  added = $state.raw<readonly api.AddedText[]>([]);
  #asked = 0;
  #visit = 0;
  #looking: AbortController | null = null;

  get stage(): Stage {
    if (this.training?.state === 'done') return 'done';
    if (this.training?.state === 'waiting' || this.training?.state === 'running') return 'training';
    return this.table ? 'columns' : 'table';
  }

  get result(): Results | null {
    return this.training?.state === 'done' ? this.training.result : null;
  }

  get ready(): boolean {
    return this.text !== '' && this.label !== '' && this.text !== this.label && !this.checking;
  }

  async take(read: () => Promise<TableAnswer>): Promise<void> {
    this.abandon();
    const visit = this.#visit;
    this.table = null;
    this.added = [];
    this.failure = null;
    this.reading = true;
    try {
      const table = await read();
      if (visit === this.#visit) this.#show(table);
    } catch (error) {
      if (visit === this.#visit) this.failure = asFailure(error);
    } finally {
      if (visit === this.#visit) this.reading = false;
    }
  }

  #show(table: TableAnswer): void {
    this.table = table;
    this.text = table.text ?? '';
    this.label = table.label ?? '';
    this.kind = guessKind(table, this.label);
    void this.check();
  }

  /** Takes another column for the labels, with the kind that its values suggest. */
  chooseLabel(label: string): void {
    this.label = label;
    if (this.table) this.kind = guessKind(this.table, label);
    void this.check();
  }

  async check(): Promise<void> {
    this.checks = null;
    this.failure = null;
    this.corrections = new Map(); // they were of other columns
    this.#learnt = new Map();
    this.#given = new Map();
    const asked = ++this.#asked;
    if (!this.table || !this.text || !this.label || this.text === this.label) {
      this.checking = false;
      return;
    }
    this.checking = true;
    try {
      const checks = await api.check(this.table.id, this.#choice());
      if (asked === this.#asked) this.checks = checks;
    } catch (error) {
      if (asked === this.#asked) this.failure = asFailure(error);
    } finally {
      if (asked === this.#asked) this.checking = false;
    }
  }

  /** Whether labels were put right, or back, since the last training. */
  get corrected(): boolean {
    const [now, then] = [this.corrections, this.#learnt];
    return now.size !== then.size || [...now].some(([row, label]) => then.get(row) !== label);
  }

  /** Puts the label of a row right; one that the table has already needs no correction. */
  correct(row: number, given: string, label: string): void {
    const corrections = new Map(this.corrections);
    const own = this.#given.get(row) ?? given;
    this.#given.set(row, own);
    if (label === own) corrections.delete(row);
    else corrections.set(row, label);
    this.corrections = corrections;
  }

  /** Learns from all that there is; `quick` tries logistic regression alone. */
  async train(quick = false): Promise<void> {
    if (!this.table) return;
    this.abandon();
    this.failure = null;
    const visit = this.#visit;
    const corrections = this.corrections;
    let id: string;
    try {
      id = (await api.train(this.table.id, this.#choice(), quick, corrections, this.added)).id;
    } catch (error) {
      if (visit === this.#visit) this.failure = asFailure(error);
      return;
    }
    if (visit !== this.#visit) return;
    this.#learnt = corrections;
    this.training = waiting(id);
    await this.#follow(id);
  }

  /** Shows a training that the server still has, as its address in the page says. */
  async reopen(id: string): Promise<void> {
    this.failure = null;
    await this.#follow(id);
  }

  async #follow(id: string): Promise<void> {
    const looking = new AbortController();
    this.#looking = looking;
    try {
      await follow(
        () => api.training(id),
        (training) => {
          this.training = training;
          this.failure = failureOf(training) ?? this.failure;
        },
        looking.signal,
      );
    } catch (error) {
      if (looking.signal.aborted) return;
      this.training = null;
      this.failure = asFailure(error);
    }
  }

  async stop(): Promise<void> {
    const id = this.training?.id;
    this.abandon();
    if (id === undefined) return;
    try {
      await api.stop(id);
    } catch (error) {
      this.failure = asFailure(error);
    }
  }

  /** Goes back to the columns: what was trained is no longer shown. */
  abandon(): void {
    this.#visit += 1;
    this.#looking?.abort();
    this.training = null;
  }

  #choice(): ColumnsRequest {
    return { text: this.text, label: this.label, kind: this.kind };
  }
}

/** Numbers with a fraction are quantities; whole numbers are more often names of classes. */
export function guessKind(table: TableAnswer, label: string): Kind {
  if (table.several.includes(label)) return 'multi-label';
  if (!table.numeric.includes(label)) return 'classes';
  const at = table.columns.indexOf(label);
  const fractions = table.sample.some((row) => {
    const value = Number(row[at] ?? 0);
    return Number.isFinite(value) && !Number.isInteger(value);
  });
  return fractions ? 'numbers' : 'classes';
}

function waiting(id: string): TrainingAnswer {
  const nothing = {
    what: 'Getting ready',
    done: 0,
    total: 0,
    seconds: 0,
    error: null,
    result: null,
  };
  return { id, state: 'waiting', ...nothing };
}
