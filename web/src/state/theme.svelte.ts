/** Light or dark, for what is drawn by script and can't read a media query. */

import { MediaQuery } from 'svelte/reactivity';

const dark = new MediaQuery('(prefers-color-scheme: dark)');

export function scheme(): 'light' | 'dark' {
  return dark.current ? 'dark' : 'light';
}
