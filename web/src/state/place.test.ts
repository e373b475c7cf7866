import { expect, test } from 'vitest';
import { readPlace, writePlace, type Place } from './place.svelte';

const places: [string, Place][] = [
  ['#/A1/F2', { accountId: 'A1', mailboxId: 'F2', search: '', emailId: null }],
  ['#/A1/F2/E3', { accountId: 'A1', mailboxId: 'F2', search: '', emailId: 'E3' }],
  [
    '#/A1/all?q=from%3Aann+%22x%22',
    { accountId: 'A1', mailboxId: null, search: 'from:ann "x"', emailId: null },
  ],
];

test.each(places)('%s', (hash, place) => {
  expect(readPlace(hash)).toEqual(place);
  expect(writePlace(place)).toBe(hash);
});

test('an empty address is nowhere', () => {
  expect(readPlace('')).toEqual({ accountId: null, mailboxId: null, search: '', emailId: null });
});
