/** The chapters, in their order: what the page shows and what its table of contents lists. */

import type { Component } from 'svelte';
import type { Bench } from '../state/bench.svelte';
import Close from './Close.svelte';
import Concepts from './Concepts.svelte';
import Labels from './Labels.svelte';
import Numbers from './Numbers.svelte';
import Pairs from './Pairs.svelte';

interface Entry {
  id: string;
  /** Its name in the table of contents. */
  name: string;
  chapter: Component<{ bench: Bench }> | Component;
}

export const CONTENTS: readonly Entry[] = [
  { id: 'numbers', name: 'Numbers', chapter: Numbers },
  { id: 'close', name: 'Close', chapter: Close },
  { id: 'pairs', name: 'Pairs', chapter: Pairs },
  { id: 'concepts', name: 'Concepts', chapter: Concepts },
  { id: 'labels', name: 'Labels', chapter: Labels },
];
