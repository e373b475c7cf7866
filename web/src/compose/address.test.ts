import { expect, test } from 'vitest';
import { formatAddress, parseAddress, parseAddresses, splitAddresses, unique } from './address';

test.each([
  ['a@b.example', { name: null, email: 'a@b.example' }],
  [' Ann Example <ann@b.example> ', { name: 'Ann Example', email: 'ann@b.example' }],
  ['"Example, Ann" <ann@b.example>', { name: 'Example, Ann', email: 'ann@b.example' }],
  ['"An \\"x\\"" <a@b.example>', { name: 'An "x"', email: 'a@b.example' }],
  ['mailto:a@b.example', { name: null, email: 'a@b.example' }],
  ['josé@correo.example', { name: null, email: 'josé@correo.example' }],
  ['nobody', null],
  ['a@b', null],
  ['a b@c.example', null],
  ['<script>@x.example', null],
  [`${'x'.repeat(250)}@b.example`, null],
])('%s', (text, wanted) => expect(parseAddress(text)).toEqual(wanted));

test('lists', () => {
  expect(splitAddresses('a@b.c; "x, y" <d@e.f>,\ng@h.i,')).toEqual([
    'a@b.c',
    '"x, y" <d@e.f>',
    'g@h.i',
  ]);
  expect(parseAddresses('a@b.example, nonsense, c@d.example')).toEqual({
    good: [
      { name: null, email: 'a@b.example' },
      { name: null, email: 'c@d.example' },
    ],
    rest: 'nonsense',
  });
});

test('written again', () => {
  for (const text of ['a@b.example', 'Ann <a@b.example>', '"Example, Ann \\"x\\"" <a@b.example>'])
    expect(formatAddress(parseAddress(text)!)).toBe(text);
  const list = ['A@b.example', 'c@d.example', 'a@B.example'].map((email) => ({
    name: null,
    email,
  }));
  expect(unique(list).map((a) => a.email)).toEqual(['A@b.example', 'c@d.example']);
});
