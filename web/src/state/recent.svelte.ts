const RECENT = 'postroad.searches';
const SAVED = 'postroad.saved-searches';
const KEPT = 20;

function stored(key: string): string[] {
  try {
    const said: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(said) ? said.map(String) : [];
  } catch {
    return [];
  }
}

/** What was looked for on this device, the last first; and what was saved of it. */
export const recentSearches = $state<string[]>(stored(RECENT));
export const savedSearches = $state<string[]>(stored(SAVED));

export function rememberSearch(words: string): void {
  const i = recentSearches.indexOf(words);
  if (i >= 0) recentSearches.splice(i, 1);
  recentSearches.unshift(words);
  recentSearches.splice(KEPT);
  localStorage.setItem(RECENT, JSON.stringify(recentSearches));
}

export function toggleSaved(words: string): void {
  const i = savedSearches.indexOf(words);
  if (i >= 0) savedSearches.splice(i, 1);
  else savedSearches.push(words);
  localStorage.setItem(SAVED, JSON.stringify(savedSearches));
}
