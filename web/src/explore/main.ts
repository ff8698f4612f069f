import '../style/fonts.css';
import '../style/tokens.css';
import '../style/base.css';
import { mount } from 'svelte';
import Explore from './Explore.svelte';
import { Explorer } from './explorer.svelte';

mount(Explore, { target: document.getElementById('app')!, props: { explorer: new Explorer() } });
