import { expect, test } from 'vitest';
import { shortDate, sizeText } from './dates';

const now = new Date(2026, 10, 22, 15, 0);

test.each([
  [new Date(2026, 10, 22, 9, 5), '9:05 AM'],
  [new Date(2026, 10, 20, 9, 5), 'Fri'],
  [new Date(2026, 2, 1, 9, 5), 'Mar 1'],
  [new Date(2024, 2, 1, 9, 5), '3/1/24'],
])('%s', (date, text) => {
  expect(shortDate(date.toISOString(), 'en', now).replace(/\s/g, ' ')).toBe(text);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 KB'],
  [2_500_000, '2.4 MB'],
  [25_000_000, '24 MB'],
])('%d bytes', (bytes, text) => {
  expect(sizeText(bytes, 'en')).toBe(text);
});
