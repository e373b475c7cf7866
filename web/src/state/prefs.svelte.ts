import { preferredLanguage, useLanguage, type Language } from '../i18n/index.svelte';

/** What a person chose on this device. */
export interface Prefs {
  theme: 'system' | 'light' | 'dark';
  language: Language | 'system';
  conversations: boolean;
  /** Keep what was read on this device. */
  offline: boolean;
  /** Tell of new mail on this device. */
  notify: boolean;
  listWidth: number;
  treeWidth: number;
}

const KEY = 'postroad.prefs';
const initial: Prefs = {
  theme: 'system',
  language: 'system',
  conversations: true,
  offline: false,
  notify: false,
  listWidth: 400,
  treeWidth: 232,
};

function stored(): Partial<Prefs> {
  try {
    const said: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof said === 'object' && said !== null ? said : {};
  } catch {
    return {};
  }
}

export const prefs = $state<Prefs>({ ...initial, ...stored() });

export function setPref<K extends keyof Prefs>(key: K, value: Prefs[K]): void {
  prefs[key] = value;
  localStorage.setItem(KEY, JSON.stringify(prefs));
  if (key === 'theme') applyTheme();
  if (key === 'language') void applyLanguage();
}

const dark = matchMedia('(prefers-color-scheme: dark)');

let theme = $state<'light' | 'dark'>('light');

/** What is shown: the person's choice, or the device's. */
export function currentTheme(): 'light' | 'dark' {
  return theme;
}

function applyTheme(): void {
  theme = prefs.theme === 'system' ? (dark.matches ? 'dark' : 'light') : prefs.theme;
  document.documentElement.dataset['theme'] = theme;
}

async function applyLanguage(): Promise<void> {
  await useLanguage(
    prefs.language === 'system' ? preferredLanguage(navigator.languages) : prefs.language,
  );
}

/** Once, before anything is shown. */
export async function applyPrefs(): Promise<void> {
  applyTheme();
  dark.addEventListener('change', applyTheme);
  await applyLanguage();
}
