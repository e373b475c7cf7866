import { expect, test } from 'vitest';
import { hitsIn, piecesWith } from './hits';

test.each([
  ['Minutes of the minutes', ['minutes'], ['Minutes', 'minutes']],
  ['La reunión', ['reunion'], ['reunión']],
  ['STRASSE 9', ['strasse'], ['STRASSE']],
  ['the budget draft', ['budget draft', 'draft'], ['budget draft']],
  ['𝐁old and bold', ['bold'], ['𝐁old', 'bold']],
  ['nothing', ['else', ''], []],
])('%s', (text, words, hits) => {
  expect(hitsIn(text, words).map(([a, b]) => text.slice(a, b))).toEqual(hits);
});

test('pieces are the whole text', () => {
  const pieces = piecesWith('a plan of plans', ['plan']);
  expect(pieces.map((p) => p.text).join('')).toBe('a plan of plans');
  expect(pieces.filter((p) => p.marked)).toHaveLength(2);
});
