import { t } from '../i18n/index.svelte';
import { offerUndo } from './undo.svelte';
import { kept, onDevice, toDevice } from './kept.svelte';

const RECENT = 'postroad.searches';
const SAVED = 'postroad.saved-searches';
const RECENT_KEPT = 20;
const SAVED_KEPT = 50;

/** What was looked for, the last first; and what was saved of it. */
export const recentSearches = $state<string[]>([]);
export const savedSearches = $state<string[]>([]);

interface Kind {
  list: string[];
  device: string;
  choice: string;
  max: number;
}

function taker({ list, device, choice, max }: Kind): () => void {
  const take = (said: unknown): void => {
    list.splice(0, list.length, ...(Array.isArray(said) ? said.map(String).slice(0, max) : []));
    toDevice(device, list);
  };
  take(onDevice(device));
  kept.choice(choice, { read: take, write: () => [...list], reset: () => take([]) });
  return () => {
    toDevice(device, list);
    kept.put(choice);
  };
}

const recentChanged = taker({
  list: recentSearches,
  device: RECENT,
  choice: 'page-recent',
  max: RECENT_KEPT,
});
const savedChanged = taker({
  list: savedSearches,
  device: SAVED,
  choice: 'page-searches',
  max: SAVED_KEPT,
});

export function rememberSearch(words: string): void {
  const i = recentSearches.indexOf(words);
  if (i >= 0) recentSearches.splice(i, 1);
  recentSearches.unshift(words);
  recentSearches.splice(RECENT_KEPT);
  recentChanged();
}

function insertSaved(words: string, at: number): void {
  if (savedSearches.includes(words)) return;
  savedSearches.splice(at, 0, words);
  savedSearches.splice(SAVED_KEPT);
  savedChanged();
}

/** Saves it, or takes it away again; that can be undone. */
export function toggleSaved(words: string): void {
  const at = savedSearches.indexOf(words);
  if (at < 0) {
    insertSaved(words, savedSearches.length);
    return;
  }
  savedSearches.splice(at, 1);
  savedChanged();
  offerUndo(t('search.dropped', { words }), () => {
    insertSaved(words, at);
    return Promise.resolve();
  });
}
