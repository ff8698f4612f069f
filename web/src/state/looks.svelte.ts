/** How the page is drawn: what a reader may choose about it. */

import { BLUE_ORANGE, RED_GREEN, colourTable } from '../charts/palette';
import { scheme } from './theme.svelte';

const PALETTES = { 'blue–orange': BLUE_ORANGE, 'red–green': RED_GREEN };

export type PaletteName = keyof typeof PALETTES;

export const PALETTE_NAMES = Object.keys(PALETTES) as PaletteName[];

class Looks {
  palette = $state<PaletteName>('blue–orange');

  /** 511 colours from below zero to above it, in the palette and scheme of now. */
  readonly colours = $derived(colourTable(PALETTES[this.palette][scheme()]));
}

export const looks = new Looks();
