import { expect, test } from 'vitest';
import { en, type Entry } from './en';
import { languages } from './index.svelte';

function names(entry: Entry): string[] {
  const texts = typeof entry === 'string' ? [entry] : [entry.one, entry.other];
  return [...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();
}

for (const [tag, language] of Object.entries(languages))
  test(`${tag} has every text with the same values, and none is empty`, async () => {
    const catalogue: Record<string, Entry> = await language.load();
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort());
    for (const [key, entry] of Object.entries<Entry>(en)) {
      const other = catalogue[key] ?? '';
      expect(names(other), key).toEqual(names(entry));
      const texts = typeof other === 'string' ? [other] : [other.one, other.other];
      for (const text of texts) expect(text.trim(), key).not.toBe('');
    }
  });
