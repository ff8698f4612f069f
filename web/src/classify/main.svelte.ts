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

// a reload, a bookmark and the way back show the same training while the server has it
$effect.root(() => {
  $effect(() => {
    const id = session.training?.id;
    const path = location.pathname + location.search;
    history.replaceState(null, '', id === undefined ? path : `${path}#training=${id}`);
  });
});
mount(Classify, { target: document.getElementById('app')!, props: { session } });
