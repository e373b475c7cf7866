/** What stays on this device after somebody signs out: how the page looks, and nothing else. */
import type { Memory } from '../offline/memory';
import { setPref } from './prefs.svelte';

const OURS = 'postroad.';
const PREFS = 'postroad.prefs';
const LEAVING = 'postroad.leaving';

/** Forgets mail, drafts, searches, folders: all that was somebody's own. */
export async function wipe(memory: Memory | null): Promise<void> {
  for (const store of [localStorage, sessionStorage])
    for (const key of Object.keys(store))
      if (key.startsWith(OURS) && key !== PREFS) store.removeItem(key);
  setPref('offline', false);
  setPref('notify', false);
  await memory?.clear();
}

/** Somebody signed out while the server could not be reached: it is told the next time. */
export const leaving = {
  get owed(): boolean {
    return localStorage.getItem(LEAVING) !== null;
  },
  owe(): void {
    localStorage.setItem(LEAVING, '1');
  },
  paid(): void {
    localStorage.removeItem(LEAVING);
  },
};
