/** What is looked at: the pair under the glass, and the text and number under the pointer. */

import type { Row } from './answer';
import type { Results } from './results.svelte';
import { type Settings, settings } from './settings.svelte';

export class Selection {
  /** Box of the text that is pointed at, in the list or in the picture. */
  text = $state<number | null>(null);
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

  constructor(
    readonly results: Results,
    readonly chosen: Settings = settings,
  ) {}
}
