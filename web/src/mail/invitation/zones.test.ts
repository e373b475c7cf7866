import { expect, test } from 'vitest';
import { readCalendars } from './lines';
import { findZone, known, localMs, olsonNamed, zoneOf } from './zones';

const HOUR = 3_600_000;
const hours = (zone: { offset: (local: number) => number }, local: string): number =>
  zone.offset(localMs(local) ?? 0) / HOUR;

test('names as programs write them', () => {
  expect(olsonNamed('Europe/Berlin')).toBe('Europe/Berlin');
  expect(olsonNamed('W. Europe Standard Time')).toBe('Europe/Berlin');
  expect(olsonNamed('eastern standard time')).toBe('America/New_York');
  expect(olsonNamed('/freeassociation.sourceforge.net/Tzfile/Europe/Vienna')).toBe('Europe/Vienna');
  expect(olsonNamed('/mozilla.org/20070129_1/America/Argentina/Buenos_Aires')).toMatch(
    /Buenos_Aires/,
  );
  for (const bad of ['', 'Customized Time Zone', '+99:99', 'x/y', 'a'.repeat(200)])
    expect(olsonNamed(bad)).toBeNull();
});

test('every name of Windows is one that the browser knows', async () => {
  const { olsonOf } = await import('./windows');
  for (const name of ['UTC', 'Tokyo Standard Time', 'Line Islands Standard Time', 'UTC-11'])
    expect(olsonNamed(name), name).toBe(olsonOf(name));
});

test('times that come twice or not at all (RFC 5545 section 3.3.5)', () => {
  const ny = known('America/New_York');
  expect(hours(ny, '2025-01-01T12:00:00')).toBe(-5);
  expect(hours(ny, '2025-07-01T12:00:00')).toBe(-4);
  expect(hours(ny, '2025-03-09T02:30:00')).toBe(-5);
  expect(hours(ny, '2025-11-02T01:30:00')).toBe(-4);
  const berlin = known('Europe/Berlin');
  expect(hours(berlin, '2025-03-30T02:30:00')).toBe(1);
  expect(hours(berlin, '2025-10-26T02:30:00')).toBe(2);
});

const CUSTOM = `BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
END:VCALENDAR`;

test('rules that the calendar brings along say what the real zone says', () => {
  const [calendar] = readCalendars(CUSTOM);
  if (!calendar) throw new Error('no calendar');
  const zone = findZone('Customized Time Zone', calendar);
  if (!zone) throw new Error('no zone');
  const berlin = known('Europe/Berlin');
  for (let month = 0; month < 36; month++)
    for (const day of [2, 24, 28]) {
      const local = Date.UTC(2024, month, day, 12);
      expect(zone.offset(local), new Date(local).toISOString()).toBe(berlin.offset(local));
    }
  expect(findZone('Other', calendar)).toBeNull();
});

test('a zone without rules, or with too many, is bounded', () => {
  const begin = 'BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\n';
  const one = 'BEGIN:STANDARD\nDTSTART:20000101T000000\nTZOFFSETTO:+0300\nEND:STANDARD\n';
  const rule = 'BEGIN:DAYLIGHT\nDTSTART:20000101T000000\nTZOFFSETTO:+0400\n';
  const ever = `${rule}RRULE:FREQ=SECONDLY\nEND:DAYLIGHT\n`;
  const zone = (text: string) => readCalendars(text)[0]?.components[0];
  const [none, many] = [zone(`${begin}END:VTIMEZONE\n`), zone(begin + one + ever.repeat(10_000))];
  if (!none || !many) throw new Error('no zone');
  expect(zoneOf(none)).toBeNull();
  const began = performance.now();
  expect(zoneOf(many)?.offset(Date.UTC(2025, 1, 1))).toBeGreaterThan(0);
  expect(performance.now() - began).toBeLessThan(5000);
});
