import { expect, test } from 'vitest';
import type { Email } from '../jmap/types';
import { suggestions } from './suggest';

const emails = [
  { from: [{ name: 'Ann Lee', email: 'ann@a.example' }] },
  { from: [{ name: null, email: 'plan@b.example' }] },
  { from: null },
] as Email[];

test('earlier searches come first, then people', () => {
  expect(suggestions('plan', ['the plan', 'budget'], emails)).toEqual([
    'the plan',
    'from:plan@b.example',
  ]);
  expect(suggestions('LEE', [], emails)).toEqual(['from:ann@a.example']);
});

test('nothing typed: what was looked for', () => {
  expect(suggestions('', ['a', 'b'], emails)).toEqual(['a', 'b']);
});
