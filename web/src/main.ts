import './style/fonts.css';
import './style/tokens.css';
import './style/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { OPENING_TEXTS, readOpening } from './api/opening';
import { fromFragment } from './keep/link';
import { Bench } from './state/bench.svelte';
import { takeShared } from './state/shared';

const bench = new Bench(OPENING_TEXTS, readOpening());

async function followLink(): Promise<void> {
  if (!location.hash.startsWith('#s=')) return;
  const shared = await fromFragment(location.hash);
  // the texts in the address would soon not be those on the page
  history.replaceState(null, '', location.pathname + location.search);
  if (shared) takeShared(bench, shared);
  else bench.notice = { text: 'The link was damaged on its way: ask for it again.' };
}

void followLink();
addEventListener('hashchange', () => void followLink());
mount(App, { target: document.getElementById('app')!, props: { bench } });
