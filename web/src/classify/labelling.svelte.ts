/**
 * Labelling in the page: a model learns in the background after every few answers, and the next
 * text is the one that it is least sure of.
 *
 * Uncertainty sampling by the smallest margin (Scheffer, Decomain & Wrobel 2001), among texts drawn
 * at random, so that it does not ask for outliers alone. Kept in the tab until it is let go.
 */

import { type Failure, asFailure } from '../api/client';
import { follow, isOver } from '../api/job';
import type { TrainingAnswer } from '../api/types';
import * as api from './api';
import { csv } from '../keep/csv';

export interface Kept {
  readonly name: string;
  readonly texts: readonly string[];
  readonly answers: readonly (readonly [number, string])[];
  readonly skipped: readonly number[];
}

/** How often it was right on texts held out, with so many labels. */
export interface Point {
  readonly labels: number;
  readonly accuracy: number;
}

const KEY = 'likewise-labelling';
/** Answers between two trainings, and the fewest that one begins with. */
const EVERY = 5;
const FEWEST = 10;
/** Texts that the model is asked about for the next question. */
const POOL = 60;

export class Labelling {
  readonly name: string;
  readonly texts: readonly string[];
  answers = $state.raw<readonly (readonly [number, string])[]>([]);
  skipped = $state.raw<ReadonlySet<number>>(new Set());
  points = $state.raw<readonly Point[]>([]);
  failure = $state.raw<Failure | null>(null);
  /** How likely each label is for the texts that the model was asked about. */
  chances = $state.raw<ReadonlyMap<number, ReadonlyMap<string, number>>>(new Map());
  learning = $state(false);
  /** The text that is asked for; null when all have an answer. */
  row = $state<number | null>(null);

  readonly labels = $derived([...new Set(this.answers.map(([, label]) => label))]);
  readonly answered = $derived(new Map(this.answers));
  /** Whether there is enough to train on: two labels, each of two texts. */
  readonly enough = $derived(
    this.labels.filter((label) => this.answers.filter(([, it]) => it === label).length > 1).length >
      1,
  );

  #order: readonly number[];
  /** All rows with the text of the one that is asked for: equal texts are asked for once. */
  #equal: ReadonlyMap<number, readonly number[]>;
  #over = new AbortController();

  constructor(name: string, texts: readonly string[], kept?: Kept) {
    this.name = name;
    this.texts = texts;
    this.answers = kept?.answers ?? [];
    this.skipped = new Set(kept?.skipped);
    const groups = new Map<string, number[]>();
    for (const row of shuffled(texts.length)) {
      const text = normalised(texts[row]!);
      const group = groups.get(text);
      if (group) group.push(row);
      else groups.set(text, [row]);
    }
    this.#equal = new Map([...groups.values()].map((rows) => [rows[0]!, rows]));
    this.#order = [...this.#equal.keys()];
    this.row = this.#next();
    this.#keep();
  }

  answer(label: string): void {
    const given = label.trim();
    if (this.row === null || given === '') return;
    this.answers = [...this.answers, [this.row, given]];
    this.#went();
    const due = this.answers.length >= FEWEST && this.answers.length % EVERY === 0;
    if (due && this.enough) void this.learn();
  }

  skip(): void {
    if (this.row === null) return;
    this.skipped = new Set([...this.skipped, this.row]);
    this.#went();
  }

  undo(): void {
    const last = this.answers.at(-1);
    if (!last) return;
    this.answers = this.answers.slice(0, -1);
    this.row = last[0];
    this.#keep();
  }

  /** The table so far, to be kept or trained on. */
  toCsv(): string {
    const rows = this.answers.flatMap(([row, label]) =>
      (this.#equal.get(row) ?? [row]).map((it) => [this.texts[it]!, label]),
    );
    return csv([['text', 'label'], ...rows]);
  }

  /** Forgets it: the table was taken along. */
  end(): void {
    this.#over.abort();
    forget();
  }

  /** Trains quickly on what there is, tells how good that is, and asks about texts to come. */
  async learn(): Promise<void> {
    if (this.learning) return;
    this.learning = true;
    const labels = this.answers.length;
    try {
      const table = await api.upload('labelled.csv', new Blob([this.toCsv()]));
      const choice = { text: 'text', label: 'label', kind: 'classes' } as const;
      const { id } = await api.train(table.id, choice, true);
      const done = await this.#finished(id);
      if (done?.result?.kind === 'classes') {
        const { estimate } = done.result;
        if (estimate) this.points = [...this.points, { labels, accuracy: estimate.accuracy }];
        await this.#ask(id);
      }
      this.failure = null;
    } catch (error) {
      if (!this.#over.signal.aborted) this.failure = asFailure(error);
    }
    this.learning = false;
  }

  async #finished(id: string): Promise<TrainingAnswer | null> {
    let last: TrainingAnswer | null = null;
    await follow(
      () => api.training(id),
      (now) => (last = now),
      this.#over.signal,
    );
    return last && isOver(last) ? last : null;
  }

  async #ask(id: string): Promise<void> {
    const open = this.#open().slice(0, POOL);
    if (open.length === 0) return;
    const texts = open.map((row) => this.texts[row]!);
    const { predictions } = await api.predict(`${api.trainingPath(id)}/predict`, texts, 0.9);
    this.chances = new Map(
      predictions.flatMap((one, i) =>
        'probabilities' in one
          ? [
              [
                open[i]!,
                new Map(one.probabilities.map((it) => [String(it.label), it.probability])),
              ] as const,
            ]
          : [],
      ),
    );
  }

  #open(): number[] {
    return this.#order.filter((row) => !this.answered.has(row) && !this.skipped.has(row));
  }

  #next(): number | null {
    const open = this.#open();
    const known = open.filter((row) => this.chances.has(row));
    if (known.length === 0) return open[0] ?? null;
    const margin = (row: number) => {
      const [one = 0, other = 0] = [...this.chances.get(row)!.values()].sort((a, b) => b - a);
      return one - other;
    };
    return known.reduce((best, row) => (margin(row) < margin(best) ? row : best));
  }

  #went(): void {
    this.row = this.#next();
    this.#keep();
  }

  #keep(): void {
    const kept: Kept = {
      name: this.name,
      texts: this.texts,
      answers: this.answers,
      skipped: [...this.skipped],
    };
    try {
      sessionStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // no room, or none is given: it works without
    }
  }
}

/** What this tab was labelling; null where it was nothing. */
export function recall(): Labelling | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Kept | null;
    return kept && new Labelling(kept.name, kept.texts, kept);
  } catch {
    return null;
  }
}

export function forget(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // nothing was kept
  }
}

/** In lower case, with one blank between words: as texts count as equal everywhere. */
function normalised(text: string): string {
  return text.toLowerCase().trim().split(/\s+/).join(' ');
}

/** Rows in a random order that is always the same (Fisher–Yates, by a linear congruence). */
function shuffled(count: number): number[] {
  const rows = Array.from({ length: count }, (_, i) => i);
  let seed = 12345;
  for (let i = count - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = seed % (i + 1);
    [rows[i], rows[j]] = [rows[j]!, rows[i]!];
  }
  return rows;
}
