import { languages, preferredLanguage, useLanguage, type Language } from '../i18n/index.svelte';
import { isZone, useZone } from '../ui/zone.svelte';
import { kept, onDevice, toDevice } from './kept.svelte';

/** What a person chose; it holds wherever they sign in. */
interface Shared {
  theme: 'system' | 'light' | 'dark';
  language: Language | 'system';
  /** A name of the time zone database. */
  timeZone: string;
  density: 'comfortable' | 'compact';
  conversations: boolean;
  /** Letters and signs alone are shortcuts. */
  letterKeys: boolean;
}

/** And what is for this device alone. */
export interface Prefs extends Shared {
  /** Keep what was read on this device. */
  offline: boolean;
  /** Tell of new mail on this device. */
  notify: boolean;
  listWidth: number;
  treeWidth: number;
}

const KEY = 'postroad.prefs';
const CHOICE = 'page-prefs';
const shared: Shared = {
  theme: 'system',
  language: 'system',
  timeZone: 'system',
  density: 'comfortable',
  conversations: true,
  letterKeys: true,
};
const initial: Prefs = { ...shared, offline: false, notify: false, listWidth: 400, treeWidth: 232 };

/** What may stand there; of anything else nothing is taken. */
const allowed: { [K in keyof Shared]: (value: unknown) => boolean } = {
  theme: (v) => v === 'system' || v === 'light' || v === 'dark',
  language: (v) => v === 'system' || (typeof v === 'string' && v in languages),
  timeZone: (v) => v === 'system' || (typeof v === 'string' && isZone(v)),
  density: (v) => v === 'comfortable' || v === 'compact',
  conversations: (v) => typeof v === 'boolean',
  letterKeys: (v) => typeof v === 'boolean',
};

function stored(): Partial<Prefs> {
  const said = onDevice(KEY);
  return typeof said === 'object' && said !== null ? said : {};
}

export const prefs = $state<Prefs>({ ...initial, ...stored() });

const keys = Object.keys(shared) as (keyof Shared)[];

function take(values: Partial<Record<keyof Shared, unknown>>): void {
  for (const key of keys)
    if (key in values && allowed[key](values[key])) Object.assign(prefs, { [key]: values[key] });
  toDevice(KEY, prefs);
  apply();
}

kept.choice(CHOICE, {
  read: (value) => take(typeof value === 'object' && value !== null ? value : {}),
  write: () => Object.fromEntries(keys.map((key) => [key, prefs[key]])),
  reset: () => take(shared),
});

export function setPref<K extends keyof Prefs>(key: K, value: Prefs[K]): void {
  prefs[key] = value;
  toDevice(KEY, prefs);
  apply();
  if (key in shared) kept.put(CHOICE);
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
  // The system's bars around an installed page follow what was chosen, not what the device likes.
  const colour = getComputedStyle(document.documentElement).getPropertyValue('--bg').trim();
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]'))
    if (colour) meta.content = colour;
}

async function applyLanguage(): Promise<void> {
  await useLanguage(
    prefs.language === 'system' ? preferredLanguage(navigator.languages) : prefs.language,
  );
}

function apply(): void {
  applyTheme();
  useZone(prefs.timeZone);
  void applyLanguage();
}

/** Once, before anything is shown. */
export async function applyPrefs(): Promise<void> {
  applyTheme();
  useZone(prefs.timeZone);
  dark.addEventListener('change', applyTheme);
  await applyLanguage();
}
