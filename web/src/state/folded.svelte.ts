import { SvelteSet } from 'svelte/reactivity';
import type { Id } from '../jmap/types';

const KEY = 'postroad.folded';

function stored(): Id[] {
  try {
    const said: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(said) ? said.map(String) : [];
  } catch {
    return [];
  }
}

/** Folders whose subfolders are not shown, on this device. */
export const folded = new SvelteSet<Id>(stored());

export function toggleFolded(id: Id): void {
  if (!folded.delete(id)) folded.add(id);
  localStorage.setItem(KEY, JSON.stringify([...folded]));
}
