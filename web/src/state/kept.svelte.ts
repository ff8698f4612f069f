/**
 * Keeps the page's state in its tab: a reload, the way back and a visit to another page lose
 * nothing. It is stored nowhere else and goes when the tab is closed.
 */

import { fromFragment, understand } from '../keep/link';
import type { Page } from './page';
import { showShared, takeShared, toShared } from './shared';

const KEY = 'likewise';
/** Rest between a change and its being kept (ms). */
const REST = 300;

/** Shows what this tab held, or what its link brings, and keeps what comes after. */
export function keepInTab(page: Page): void {
  const linked = location.hash.startsWith('#s=');
  const kept = linked ? null : recall();
  if (kept) showShared(page, kept);
  void followLink(page);
  addEventListener('hashchange', () => void followLink(page));

  let timer: ReturnType<typeof setTimeout> | undefined;
  const keep = () => {
    clearTimeout(timer);
    timer = undefined;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(toShared(page)));
    } catch {
      // a browser that keeps nothing, or has no room: the page works without
    }
  };
  $effect.root(() => {
    $effect(() => {
      toShared(page);
      clearTimeout(timer);
      timer = setTimeout(keep, REST);
    });
  });
  addEventListener('pagehide', keep);
}

function recall(): ReturnType<typeof understand> {
  try {
    const kept = sessionStorage.getItem(KEY);
    return kept === null ? null : understand(kept);
  } catch {
    return null;
  }
}

async function followLink(page: Page): Promise<void> {
  if (!location.hash.startsWith('#s=')) return;
  const shared = await fromFragment(location.hash);
  // the texts in the address would soon not be those on the page
  history.replaceState(null, '', location.pathname + location.search);
  if (shared) takeShared(page, shared);
  else page.notices.tell('This link is incomplete. Ask for it again.');
}
