import { expect, test } from 'vitest';
import { among, fits, merged, type Offer } from './people';

const ann = { name: 'Ana María Núñez', email: 'a.nunez@tax.example' };

test.each(['ana', 'nunez', 'Núñ', 'mar nun', 'a.nunez@t', 'tax', 'ana '])('%s fits', (typed) =>
  expect(fits(typed, ann)).toBe(true),
);
test.each(['ria', 'unez', 'ana ben', 'x'])('%s does not', (typed) =>
  expect(fits(typed, ann)).toBe(false),
);

const listed = (name: string, email: string): Offer => ({
  name,
  email,
  known: false,
  type: 'individual',
});

test('whom one wrote to comes first, under the name of the list, and nobody twice', () => {
  const all = [
    { name: null, email: 'ann@x.example', times: 1, last: 5 },
    { name: 'Anton', email: 'anton@x.example', times: 9, last: 5 },
    { name: 'Bob', email: 'bob@x.example', times: 9, last: 5 },
  ];
  const before = among(all, 'an', 10);
  expect(before.map((o) => o.email)).toEqual(['anton@x.example', 'ann@x.example']);
  const list = [listed('Ann Example', 'Ann@x.example'), listed('Anita', 'anita@x.example')];
  const found = merged(before, list, [{ name: null, email: 'ANTON@x.example' }]);
  expect(found).toEqual([
    { name: 'Ann Example', email: 'Ann@x.example', known: true, type: 'individual' },
    listed('Anita', 'anita@x.example'),
  ]);
});

test('the list has room beside many that are known', () => {
  const before = Array.from({ length: 8 }, (_, i): Offer => {
    return { name: null, email: `a${i}@x.example`, known: true, type: null };
  });
  const list = Array.from({ length: 8 }, (_, i) => listed('A', `l${i}@x.example`));
  expect(merged(before, list, []).filter((o) => o.known)).toHaveLength(5);
  expect(merged(before, list, [])).toHaveLength(8);
  expect(merged(before, list.slice(0, 1), []).filter((o) => o.known)).toHaveLength(7);
});
