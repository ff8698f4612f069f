import '../style/fonts.css';
import '../style/tokens.css';
import '../style/base.css';
import { mount } from 'svelte';
import Docs from './Docs.svelte';

mount(Docs, { target: document.getElementById('app')! });
