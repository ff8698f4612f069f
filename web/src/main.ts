import './style/fonts.css';
import './style/tokens.css';
import './style/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { OPENING_TEXTS, readOpening } from './api/opening';
import { Bench } from './state/bench.svelte';

const bench = new Bench(OPENING_TEXTS, readOpening());
mount(App, { target: document.getElementById('app')!, props: { bench } });
