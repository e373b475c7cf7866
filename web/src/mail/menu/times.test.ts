import { afterEach, expect, test } from 'vitest';
import { localText, useZone } from '../../ui/zone.svelte';
import { isAhead, offers } from './times';

afterEach(() => useZone('system'));

function shown(now: string): string[] {
  return offers(new Date(now)).map(({ name, at }) => `${name} ${localText(at)}`);
}

test('a Thursday morning in Madrid', () => {
  useZone('Europe/Madrid');
  expect(shown('2026-10-22T08:40:00Z')).toEqual([
    'laterToday 2026-10-22T14:00',
    'tomorrow 2026-10-23T08:00',
    'nextWeek 2026-10-26T08:00', // summer time ends between
  ]);
});

test('late on a Sunday and on the last day of a year', () => {
  useZone('America/New_York');
  expect(shown('2026-11-23T03:00:00Z')).toEqual([
    'tomorrow 2026-11-23T08:00',
    'nextWeek 2026-11-23T08:00',
  ]);
  expect(shown('2027-01-01T03:00:00Z')[0]).toBe('tomorrow 2027-01-01T08:00');
});

test('what lies behind, or too far ahead', () => {
  const now = new Date('2026-11-22T10:00:00Z');
  expect(isAhead(new Date('2026-11-22T10:01:00Z'), now)).toBe(true);
  expect(isAhead(now, now)).toBe(false);
  expect(isAhead(new Date('2031-12-22T10:00:00Z'), now)).toBe(false);
});
