import '../style/fonts.css';
import '../style/tokens.css';
import '../style/base.css';
import { mount } from 'svelte';
import Label from './Label.svelte';
import { Session } from './session.svelte';

mount(Label, { target: document.getElementById('app')!, props: { session: new Session() } });
