import { beforeEach, expect, test, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
const { addLabel, changeLabel, dropLabel, insertLabel, keywordOf, labels } = await import(
  './labels.svelte'
);

beforeEach(() => void labels.splice(0, labels.length));

test.each([
  ['To do', 'to-do'],
  ['Año fiscal', 'ano-fiscal'],
  ['Важно', 'x.u6.u8.u5.ul.ue'],
])('%s', (name, keyword) => {
  expect(keywordOf(name).slice(0, 2)).toBe(keyword.slice(0, 2));
});

const NAMES = [
  'Важно',
  'Επείγον',
  '重要',
  'عاجل',
  'दस्तावेज़',
  '🔥',
  '!!!',
  'Straße',
  'Q1 重要',
  'Łódź',
  'é',
];

test('each name makes a keyword that a server takes, and no two the same', () => {
  const all = NAMES.map(keywordOf);
  // RFC 8621 section 4.1.1; at most 100 bytes (docs/STORE.md)
  for (const keyword of all)
    expect(keyword).toMatch(/^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]{1,90}$/);
  expect(new Set(all).size).toBe(all.length);
  expect(keywordOf('重'.repeat(60)).length).toBeLessThanOrEqual(80);
  expect(keywordOf('a'.repeat(200)).length).toBeLessThanOrEqual(80);
});

test('labels are changed, removed, and put back where they were', () => {
  const first = addLabel('重要', 'red');
  const second = addLabel('Plan', 'blue');
  const third = addLabel('plan!', 'green');
  expect(third.keyword).toBe('plan-2');
  changeLabel(second.keyword, { name: 'Plans', colour: 'grey' });
  expect(labels.map((l) => [l.name, l.colour])).toEqual([
    ['重要', 'red'],
    ['Plans', 'grey'],
    ['plan!', 'green'],
  ]);
  expect(dropLabel(first.keyword)).toBe(0);
  expect(dropLabel('none')).toBe(-1);
  insertLabel(first, 0);
  insertLabel(first, 0);
  expect(labels.map((l) => l.keyword)).toEqual([first.keyword, 'plan', 'plan-2']);
});
