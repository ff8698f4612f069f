/** What is looked at: the pair under the glass, and the text and number under the pointer. */

import { ascending } from '../charts/cells';
import type { Row } from './answer';
import type { Results } from './results.svelte';
import { type Settings, settings } from './settings.svelte';

export class Selection {
  readonly results: Results;
  readonly chosen: Settings;

  /** Box of the text that is pointed at, in the list or in the picture. */
  text = $state<number | null>(null);
  /** Box of the text whose similarity was asked about. */
  asked = $state<number | null>(null);
  /** Number of a vector that is pointed at, in whichever strip: it lights up in all of them. */
  number = $state<number | null>(null);

  /** The two texts that are looked at closely: those that were chosen, else first and best. */
  readonly pair: readonly [Row, Row] | null = $derived.by(() => {
    const { rows } = this.results;
    const of = (id: number | null) => rows.find((row) => row.id === id);
    const a = of(this.chosen.pair[0]) ?? rows[0];
    const other = rows.find((row) => row.isBest && row !== a) ?? rows.find((row) => row !== a);
    const b = of(this.chosen.pair[1]) ?? other;
    return a && b ? [a, b] : null;
  });

  readonly #reference = $derived.by(() => {
    const { answer, doc } = this.results;
    return doc.firstId === null ? undefined : answer?.results.get(doc.firstId)?.vector;
  });
  /** Numbers from the lowest of the first text to its highest; null for the model's own order. */
  readonly order: readonly number[] | null = $derived.by(() =>
    this.chosen.ramp && this.#reference ? ascending(this.#reference) : null,
  );

  constructor(results: Results, chosen: Settings = settings) {
    this.results = results;
    this.chosen = chosen;
  }
}
