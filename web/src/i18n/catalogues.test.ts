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

/** Files of one language: "./menu" to what it exports. */
function rooms(files: Record<string, unknown>, tag: string): Map<string, Record<string, Entry>> {
  const ending = `.${tag}.ts`;
  return new Map(
    Object.entries(files).map(([path, exported]) => [
      path.slice(0, -ending.length),
      Object.assign({}, ...Object.values(exported as object)) as Record<string, Entry>,
    ]),
  );
}

test('each room has its file in each language, with the same keys, and none is left out', () => {
  const english = rooms(import.meta.glob('./*.en.ts', { eager: true }), 'en');
  const spanish = rooms(import.meta.glob('./*.es.ts', { eager: true }), 'es');
  expect([...spanish.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [room, texts] of english) {
    expect(Object.keys(spanish.get(room) ?? {}).sort(), room).toEqual(Object.keys(texts).sort());
    for (const [key, text] of Object.entries(texts))
      expect((en as Record<string, Entry>)[key], key).toEqual(text);
  }
});
