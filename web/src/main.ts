import { mount } from 'svelte';
import App from './App.svelte';
import './ui/base.css';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');
mount(App, { target });

// The page opens without a network; where a browser has no service workers, it just does not.
navigator.serviceWorker?.register('/sw.js').catch(() => undefined);
