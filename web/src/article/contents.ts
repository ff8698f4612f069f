/** The chapters, in their order: what the page shows and what its table of contents lists. */

import type { Component } from 'svelte';
import Budget from './Budget.svelte';
import Close from './Close.svelte';
import Concepts from './Concepts.svelte';
import Game from './Game.svelte';
import Labels from './Labels.svelte';
import Numbers from './Numbers.svelte';
import Pairs from './Pairs.svelte';
import Scale from './Scale.svelte';
import Strangers from './Strangers.svelte';
import Sums from './Sums.svelte';
import Traps from './Traps.svelte';
import Words from './Words.svelte';

interface Entry {
  id: string;
  /** Its name in the table of contents. */
  name: string;
  chapter: Component;
}

export const CONTENTS: readonly Entry[] = [
  { id: 'numbers', name: 'Numbers', chapter: Numbers },
  { id: 'strangers', name: 'Why training', chapter: Strangers },
  { id: 'close', name: 'Closeness', chapter: Close },
  { id: 'scale', name: 'The scale', chapter: Scale },
  { id: 'words', name: 'Which words', chapter: Words },
  { id: 'pairs', name: 'All pairs', chapter: Pairs },
  { id: 'traps', name: 'When not to trust it', chapter: Traps },
  { id: 'game', name: 'Break it', chapter: Game },
  { id: 'sums', name: 'Sums', chapter: Sums },
  { id: 'concepts', name: 'Concepts', chapter: Concepts },
  { id: 'budget', name: 'Size', chapter: Budget },
  { id: 'labels', name: 'Labels', chapter: Labels },
];
