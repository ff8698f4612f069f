import '../style/fonts.css';
import '../style/tokens.css';
import '../style/base.css';
import { mount } from 'svelte';
import Classify from './Classify.svelte';
import { tableOf } from './api';
import { Session } from './session.svelte';

const session = new Session();
const asked = new URLSearchParams(location.hash.slice(1));
const [table, training] = [asked.get('table'), asked.get('training')];

if (table) void session.take(() => tableOf(table));
else if (training) void session.reopen(training);

// a reload, a bookmark and the way back show the same while the server has it
$effect.root(() => {
  $effect(() => {
    if (session.reading) return; // what the address names is on its way
    const named = session.training
      ? `#training=${session.training.id}`
      : session.table
        ? `#table=${session.table.id}`
        : '';
    history.replaceState(null, '', location.pathname + location.search + named);
  });
});
mount(Classify, { target: document.getElementById('app')!, props: { session } });
