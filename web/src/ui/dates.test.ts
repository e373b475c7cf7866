import { expect, test } from 'vitest';
import { aheadDate, longDate, shortDate, sizeText } from './dates';
import { useZone } from './zone.svelte';

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

test('dates are those of the time zone that was chosen', () => {
  const at = '2026-11-22T03:30:00Z';
  const shown = (zone: string): string => {
    useZone(zone);
    return shortDate(at, 'en', new Date('2026-11-22T12:00:00Z')).replace(/\s/g, ' ');
  };
  expect(shown('Europe/Madrid')).toBe('4:30 AM');
  expect(shown('America/New_York')).toBe('Sat');
  expect(longDate(at, 'en')).toContain('Saturday, November 21, 2026');
  useZone('system');
});

test.each([
  [new Date(2026, 10, 22, 18, 0), '6:00 PM'],
  [new Date(2026, 10, 24, 8, 0), 'Tue 8:00 AM'],
  [new Date(2027, 5, 1, 9, 15), 'Jun 1'],
])('what lies ahead: %s', (date, text) => {
  expect(aheadDate(date.toISOString(), 'en', now).replace(/\s/g, ' ')).toBe(text);
});
