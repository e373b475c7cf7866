import { expect, test } from 'vitest';
import type { Quota } from '../jmap/types';
import { levelOf, tightest } from './quota.svelte';

const octets = { id: 'octets', resourceType: 'octets', used: 89, hardLimit: 100 } as Quota;
const count = { id: 'count', resourceType: 'count', used: 9, hardLimit: 10 } as Quota;

test.each([
  [octets, 'fine'],
  [count, 'near'],
  [{ used: 10, hardLimit: 10 }, 'full'],
  [{ used: 0, hardLimit: 10 }, 'fine'],
])('%o', (quota, level) => {
  expect(levelOf(quota)).toBe(level);
});

test('what is nearest to its end is shown', () => {
  expect(tightest([octets, count])).toBe(count);
  expect(tightest([])).toBeNull();
});
