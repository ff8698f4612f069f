import '../style/fonts.css';
import '../style/tokens.css';
import '../style/base.css';
import { mount } from 'svelte';
import Classify from './Classify.svelte';
import { Session } from './session.svelte';

mount(Classify, { target: document.getElementById('app')!, props: { session: new Session() } });
