/** The state of one page, for every component below the one that provides it. */

import { createContext } from 'svelte';
import { compare } from '../api/client';
import type { Opening } from '../api/opening';
import { TextDocument } from './document.svelte';
import { Notices } from './notices.svelte';
import { Results } from './results.svelte';
import { Selection } from './selection.svelte';

export interface Page {
  readonly doc: TextDocument;
  readonly results: Results;
  readonly selection: Selection;
  readonly notices: Notices;
}

const [page, providePage] = createContext<Page>();

export { page, providePage };

export function createPage(texts: readonly string[], opening: Opening = null, ask = compare): Page {
  const notices = new Notices();
  const doc = new TextDocument(texts, notices);
  const results = new Results(doc, opening, ask);
  return { doc, results, selection: new Selection(results), notices };
}
