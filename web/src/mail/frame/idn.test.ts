import { expect, test } from 'vitest';
import { looksLikeAnother, unicodeHost } from './idn';

test.each([
  ['bücher.example', false],
  ['日本語.example', false],
  ['почта.example', false],
  ['münchen-ost.example', false],
  ['аpple.example', true], // Cyrillic а among Latin letters
  ['раураl.example', true],
  ['аррӏе.example', true], // Cyrillic alone, and looks Latin
  ['plain.example', false],
])('%s', (name, deceives) => {
  const host = new URL(`https://${name}`).hostname;
  expect(unicodeHost(host)).toBe(name);
  expect(looksLikeAnother(host)).toBe(deceives);
});

test('what is no such name stays as it is', () => {
  expect(unicodeHost('xn--~~~.example')).toBe('xn--~~~.example');
  expect(looksLikeAnother('xn--99999999.example')).toBe(false);
});
