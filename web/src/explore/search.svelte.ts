/** What is looked for in a collection, and what is found; only the newest question is asked. */

import { type Failure, asFailure } from '../api/client';
import { Live } from '../api/live';
import * as api from './api';
import { parts, type View } from './view';

const LISTED = 50;

interface Answer {
  found: api.Found | null;
  passing: Int32Array | null;
  /** The text that was searched by, where it is one of the collection. */
  like: api.RowText | null;
}

/** What of a view a search depends on. */
export type Question = Pick<View, 'query' | 'filter' | 'hybrid' | 'like'>;

export class Search {
  found = $state.raw<api.Found | null>(null);
  /** The rows that pass the filter; null where there is none. */
  passing = $state.raw<Int32Array | null>(null);
  /** The text that was searched by, where it is one of the collection. */
  like = $state.raw<api.RowText | null>(null);
  /** Why nothing could be found. */
  refused = $state.raw<Failure | null>(null);
  readonly #live: Live<Question, Answer>;
  #filter: { text: string; rows: Int32Array } | null = null;

  constructor(readonly name: string) {
    this.#live = new Live((question, signal) => this.#ask(question, signal), {
      answered: (_, answer) => {
        this.refused = null;
        Object.assign(this, answer);
      },
      failed: (_, error) => {
        this.refused = asFailure(error);
        this.found = this.passing = this.like = null;
      },
      busy: () => {},
    });
  }

  send(question: Question): void {
    this.#live.send(question);
  }

  stop(): void {
    this.#live.cancel();
  }

  async #ask(question: Question, signal: AbortSignal): Promise<Answer> {
    const filter = question.filter.trim();
    const asked = whatFor(question);
    const { like } = question;
    const [passing, found, [text = null]] = await Promise.all([
      filter ? this.#pass(filter, signal) : null,
      asked && api.search(this.name, { ...asked, filter: filter || null, k: LISTED }, signal),
      like === null ? [] : api.rows(this.name, [like], signal),
    ]);
    return { found, passing, like: text };
  }

  async #pass(text: string, signal: AbortSignal): Promise<Int32Array> {
    if (this.#filter?.text !== text) {
      this.#filter = { text, rows: await api.filtered(this.name, text, signal) };
    }
    return this.#filter.rows;
  }
}

/** What a search asks for by meaning; null where it asks for nothing. */
export function whatFor({ query, hybrid, like }: Omit<Question, 'filter'>): api.Search | null {
  if (like !== null) return { like: [{ row: like, weight: 1 }] };
  const words = parts(query);
  return words.length ? { query: words, hybrid } : null;
}
