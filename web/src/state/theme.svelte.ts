/** Light or dark: as the system is, until the reader chooses the other for this tab. */

import { MediaQuery } from 'svelte/reactivity';

export type Scheme = 'light' | 'dark';

/** Where `public/theme.js` finds it before the first paint of the tab's next page. */
const KEY = 'likewise-theme';

const dark = new MediaQuery('(prefers-color-scheme: dark)');
let chosen = $state(document.documentElement.dataset.theme as Scheme | undefined);

/** For what is drawn by script, too, which can't read a style. */
export function scheme(): Scheme {
  return chosen ?? ofSystem();
}

/** Shows the page in a scheme; in that of the system, it follows the system again. */
export function choose(scheme: Scheme): void {
  chosen = scheme === ofSystem() ? undefined : scheme;
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  try {
    if (chosen) sessionStorage.setItem(KEY, chosen);
    else sessionStorage.removeItem(KEY);
  } catch {
    // a browser that keeps nothing: it holds for this page
  }
}

function ofSystem(): Scheme {
  return dark.current ? 'dark' : 'light';
}
