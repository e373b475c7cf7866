const KEY = 'postroad.searches';
const KEPT = 20;

function stored(): string[] {
  try {
    const said: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(said) ? said.map(String) : [];
  } catch {
    return [];
  }
}

/** What was looked for on this device, the last first. */
export const recentSearches = $state<string[]>(stored());

export function rememberSearch(words: string): void {
  const i = recentSearches.indexOf(words);
  if (i >= 0) recentSearches.splice(i, 1);
  recentSearches.unshift(words);
  recentSearches.splice(KEPT);
  localStorage.setItem(KEY, JSON.stringify(recentSearches));
}
