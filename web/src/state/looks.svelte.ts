/** How the page is drawn: what a reader may choose about it. */

import { PALETTES, colourTable } from '../charts/palette';
import { settings } from './settings.svelte';
import { scheme } from './theme.svelte';

class Looks {
  /** 511 colours from below zero to above it, in the palette and scheme of now. */
  readonly colours = $derived(colourTable(PALETTES[settings.palette][scheme()]));
}

export const looks = new Looks();
