import { afterEach, expect, test } from 'vitest';
import { clockAt, currentZone, dayOf, fromLocalText, localText, useZone } from './zone.svelte';

afterEach(() => useZone('system'));

test.each([
  ['America/New_York', '2026-03-08T06:30:00Z', '2026-03-08T01:30'],
  ['America/New_York', '2026-03-08T07:30:00Z', '2026-03-08T03:30'], // an hour is left out
  ['Asia/Kolkata', '2026-12-31T20:00:00Z', '2027-01-01T01:30'],
  ['Europe/Madrid', '2026-07-01T00:00:00Z', '2026-07-01T02:00'],
  ['UTC', '2026-07-01T00:00:00Z', '2026-07-01T00:00'],
])('%s at %s', (zone, moment, shown) => {
  useZone(zone);
  expect(localText(new Date(moment))).toBe(shown);
  expect(fromLocalText(shown)?.toISOString()).toBe(new Date(moment).toISOString());
});

test('an hour that does not exist is one beside it', () => {
  useZone('America/New_York');
  const at = fromLocalText('2026-03-08T02:30');
  expect(['2026-03-08T01:30', '2026-03-08T03:30']).toContain(localText(at ?? new Date(0)));
});

test('days and weekdays are those of the zone', () => {
  useZone('Pacific/Auckland');
  const sunday = new Date('2026-11-22T12:00:00Z'); // Monday there
  expect(dayOf(sunday).weekday).toBe(1);
  useZone('UTC');
  expect(dayOf(sunday).weekday).toBe(0);
  expect(clockAt(sunday).hour).toBe(12);
});

test('what is no zone, and no date', () => {
  useZone('Mars/Olympus');
  expect(currentZone()).toBeUndefined();
  expect(fromLocalText('2026-13-01')).toBeNull();
  expect(fromLocalText('2026-02-30T10:00')).toBeNull();
  expect(fromLocalText('soon')).toBeNull();
});
