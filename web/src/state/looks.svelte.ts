/** How the page is drawn: what a reader may choose about it. */

import { PALETTES, type PaletteName, colourTable } from '../charts/palette';
import { scheme } from './theme.svelte';

class Looks {
  palette = $state<PaletteName>('blue–orange');

  /** 511 colours from below zero to above it, in the palette and scheme of now. */
  readonly colours = $derived(colourTable(PALETTES[this.palette][scheme()]));
}

export const looks = new Looks();
