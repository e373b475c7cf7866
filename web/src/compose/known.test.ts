import { expect, test } from 'vitest';
import { count, readRows, trim, weight, type Known } from './known';

const DAY_S = 24 * 3600;

test('a Setting of any shape', () => {
  for (const value of [undefined, null, 7, 'x', [], { list: 3 }, { list: { a: 1, b: [1, 2, 3] } }])
    expect(readRows(value).rows.size).toBe(0);
  const { rows, seen } = readRows({ seen: 5, list: { 'Ann@X.example': ['Ann', 2, 9] } });
  expect(seen).toBe(5);
  expect(rows.get('ann@x.example')).toEqual({
    name: 'Ann',
    email: 'ann@x.example',
    times: 2,
    last: 9,
  });
});

test('counted once for each message, and names are kept', () => {
  const rows = new Map<string, Known>();
  const ann = { name: 'Ann', email: 'Ann@x.example' };
  expect(count(rows, [ann, { name: null, email: 'nobody' }], 100)).toEqual(['ann@x.example']);
  expect(count(rows, [ann], 100)).toEqual([]); // the same message, seen in its folder
  expect(count(rows, [{ name: null, email: 'ann@x.example' }], 101)).toEqual(['ann@x.example']);
  expect(rows.get('ann@x.example')).toMatchObject({ name: 'Ann', times: 2, last: 101 });
});

test('often and lately counts more', () => {
  const now = 1000 * DAY_S;
  const known = (times: number, days: number): Known => ({
    name: null,
    email: 'a@b.example',
    times,
    last: now - days * DAY_S,
  });
  expect(weight(known(3, 1), now)).toBeGreaterThan(weight(known(1, 0), now));
  expect(weight(known(2, 1), now)).toBeGreaterThan(weight(known(10, 365), now));
});

test('it fits into a Setting: the oldest go', () => {
  const rows = new Map<string, Known>();
  for (let i = 0; i < 600; i++)
    count(rows, [{ name: 'é'.repeat(300), email: `${'x'.repeat(100)}${i}@y.example` }], i + 1);
  const gone = trim(rows);
  expect(gone.length).toBe(600 - rows.size);
  expect(rows.has(`${'x'.repeat(100)}599@y.example`)).toBe(true);
  expect(rows.has(`${'x'.repeat(100)}0@y.example`)).toBe(false);
  const list = Object.fromEntries([...rows].map(([k, r]) => [k, [r.name?.slice(0, 100), 1, 1]]));
  expect(new TextEncoder().encode(JSON.stringify(list)).length).toBeLessThan(62 * 1024);
  const few = new Map<string, Known>();
  for (let i = 0; i < 600; i++) count(few, [{ name: null, email: `${i}@y.example` }], i + 1);
  expect(trim(few).length).toBe(100);
});
