import { en, type Catalogue, type Entry, type Key } from './en';

/** Languages of the page: the tag, the name in itself, and how to get its catalogue. */
export const languages = {
  en: { name: 'English', load: () => Promise.resolve(en) },
  es: { name: 'Español', load: () => import('./es').then((m) => m.es) },
} satisfies Record<string, { name: string; load: () => Promise<Catalogue> }>;

export type Language = keyof typeof languages;

let language = $state<Language>('en');
let catalogue = $state.raw<Catalogue>(en);
const plurals = $derived(new Intl.PluralRules(language));

export function currentLanguage(): Language {
  return language;
}

/** The first of the person's languages that we have. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const short = tag.slice(0, 2).toLowerCase();
    if (short in languages) return short as Language;
  }
  return 'en';
}

export async function useLanguage(next: Language): Promise<void> {
  catalogue = await languages[next].load();
  language = next;
  document.documentElement.lang = next;
}

/** The text of a key. {name} takes values; a text with plural forms takes that of values.count. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const entry = catalogue[key] as Entry; // English alone may have no plurals
  const text =
    typeof entry === 'string'
      ? entry
      : plurals.select(Number(values['count'])) === 'one'
        ? entry.one
        : entry.other;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? value.toLocaleString(language) : String(value ?? '');
  });
}
