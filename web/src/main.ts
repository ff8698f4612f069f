import './style/fonts.css';
import './style/tokens.css';
import './style/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { OPENING_TEXTS, readOpening } from './api/opening';
import { createPage } from './state/page';
import { keepInTab } from './state/kept.svelte';

const page = createPage(OPENING_TEXTS, readOpening());
keepInTab(page);
mount(App, { target: document.getElementById('app')!, props: { state: page } });
