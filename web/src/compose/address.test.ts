import { expect, test } from 'vitest';
import {
  formatAddress,
  goesOn,
  parseAddress,
  parseAddresses,
  splitAddresses,
  unique,
} from './address';

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

test.each([
  ['Roe, Jane <j@x.example>; Ortega, Luis <l@x.example>', ['Roe, Jane', 'Ortega, Luis']],
  ['Ann <a@x.example>\r\nBob <b@x.example>\r\n', ['Ann', 'Bob']],
  ['a@x.example b@x.example\tc@x.example', [null, null, null]],
  ['a@x.example, Bob <b@x.example>', [null, 'Bob']],
  ['"Núñez, Ana" <a@x.example>, <b@x.example>', ['Núñez, Ana', null]],
])('pasted: %s', (text, names) => {
  const { good, rest } = parseAddresses(text);
  expect(good.map((one) => one.name)).toEqual(names);
  expect(rest).toBe('');
});

test('what is wrong in a list stays, and only that', () => {
  expect(parseAddresses('a@x.example; b@x; Bob <b@x.example>')).toMatchObject({
    good: [{ email: 'a@x.example' }, { email: 'b@x.example' }],
    rest: 'b@x',
  });
});

test('an address that goes on within its last word', () => {
  expect(goesOn('luis@e2e.ex', 'Luis@e2e.example')).toBe(true);
  expect(goesOn('ann@x.com', 'ann@x.com.example')).toBe(false);
  expect(goesOn('ann@x.com', 'bob@x.com')).toBe(false);
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
