import { SvelteSet } from 'svelte/reactivity';
import type { Id } from '../jmap/types';
import { kept, onDevice, toDevice } from './kept.svelte';

const KEY = 'postroad.folded';
const CHOICE = 'page-folded';

/** Folders whose subfolders are not shown; also accounts, by their id. */
export const folded = new SvelteSet<Id>();

function take(said: unknown): void {
  folded.clear();
  for (const id of Array.isArray(said) ? said : []) folded.add(String(id));
  toDevice(KEY, [...folded]);
}

take(onDevice(KEY));
kept.choice(CHOICE, { read: take, write: () => [...folded], reset: () => take([]) });

export function toggleFolded(id: Id): void {
  if (!folded.delete(id)) folded.add(id);
  toDevice(KEY, [...folded]);
  kept.put(CHOICE);
}
