/** The page's state as a link carries it and a tab keeps it, there and back. */

import type { Packed } from '../keep/link';
import type { TextDocument } from './document.svelte';
import type { Page } from './page';
import {
  type Places,
  type Settings,
  readSettings,
  settings,
  writeSettings,
} from './settings.svelte';

/** All that another needs to see the same. */
export function toShared({ doc, results }: Page, chosen: Settings = settings): Packed {
  const texts = doc.boxes.map((box) => box.text);
  return { v: 1, e: results.encoder, t: texts, ...writeSettings(chosen, placesIn(doc)) };
}

/** Takes over what a link carried; the texts of before can be brought back. */
export function takeShared(page: Page, packed: Packed, chosen: Settings = settings): void {
  page.results.encoder = packed.e;
  page.doc.replace(packed.t);
  readSettings(packed, chosen, placesIn(page.doc));
}

/** Shows what the tab kept, as if the page had not been left. */
export function showShared(page: Page, packed: Packed, chosen: Settings = settings): void {
  const { doc, results } = page;
  const now = toShared(page, chosen);
  if (now.e !== packed.e || JSON.stringify(now.t) !== JSON.stringify(packed.t)) {
    results.encoder = packed.e;
    doc.show(packed.t);
    results.ask();
  }
  readSettings(packed, chosen, placesIn(doc));
}

function placesIn(doc: TextDocument): Places {
  return {
    idAt: (position) => doc.boxes[position]?.id ?? null,
    positionOf: (id) => {
      const at = doc.boxes.findIndex((box) => box.id === id);
      return at < 0 ? null : at;
    },
  };
}
