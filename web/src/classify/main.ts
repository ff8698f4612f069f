import '../style/fonts.css';
import '../style/tokens.css';
import '../style/base.css';
import { mount } from 'svelte';
import Classify from './Classify.svelte';
import { tableOf } from './api';
import { Session } from './session.svelte';

const session = new Session();
mount(Classify, { target: document.getElementById('app')!, props: { session } });

const table = new URLSearchParams(location.hash.slice(1)).get('table');
if (table) void session.take(() => tableOf(table));
