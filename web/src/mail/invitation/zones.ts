/** What time it is where: names of zones as calendars have them, and rules they bring along. */
import { parameter, property, textOf, type Component } from './lines';
import { olsonOf } from './windows';

/** Changes of the clock in one VTIMEZONE that are looked at. */
export const OBSERVANCES_MAX = 50;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)Z?)?$/;

/** Where a local time is meant: an offset for each local time, and a name to show it by. */
export interface Zone {
  /** One that the browser knows; null: the rules came with the calendar. */
  olson: string | null;
  /** Milliseconds that the clock is ahead of UTC. local: as if it were UTC. */
  offset: (local: number) => number;
}

/** A local time as if it were UTC; null: it is none. */
export function localMs(text: string): number | null {
  const found = LOCAL.exec(text);
  if (!found) return null;
  const [y, mo, d, h, mi, s] = found.slice(1).map((n) => Number(n ?? 0)) as number[];
  const at = Date.UTC(y ?? 0, (mo ?? 1) - 1, d, h, mi, Math.min(s ?? 0, 59));
  const right = new Date(at);
  return right.getUTCMonth() + 1 === mo &&
    right.getUTCDate() === d &&
    (h ?? 0) < 24 &&
    (y ?? 0) > 99
    ? at
    : null;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(olson: string): Intl.DateTimeFormat {
  let found = clocks.get(olson);
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: olson,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(olson, found);
  }
  return found;
}

/** Milliseconds that the clock there is ahead of UTC at that moment. */
export function offsetAt(olson: string, at: number): number {
  const parts = clock(olson).formatToParts(at);
  const of = (type: string): number => Number(parts.find((p) => p.type === type)?.value ?? 0);
  const shown = Date.UTC(
    of('year'),
    of('month') - 1,
    of('day'),
    of('hour'),
    of('minute'),
    of('second'),
  );
  return shown - Math.floor(at / 1000) * 1000;
}

function isKnown(name: string): boolean {
  try {
    clock(name);
    return true;
  } catch {
    return false;
  }
}

/** The zone that a name means to everybody: "Europe/Berlin", Windows' names, names with a path. */
export function olsonNamed(tzid: string): string | null {
  const name = tzid.trim().replace(/^"|"$/g, '');
  if (!name || name.length > 100 || /^[+-]?\d/.test(name)) return null;
  const windows = olsonOf(name);
  if (windows) return isKnown(windows) ? windows : null;
  if (name.includes('/') || name === 'UTC') {
    const words = name.split('/');
    for (const count of [words.length, 3, 2]) {
      const end = words.slice(-count).join('/');
      if (end.includes('/') && isKnown(end)) return end;
    }
  }
  return isKnown(name) ? name : null;
}

interface Observance {
  /** When it began first, by the clock before it. */
  start: number;
  until: number;
  /** Every year on that day of that month; null: once. */
  yearly: { month: number; nth: number; weekday: number; day: number } | null;
  offset: number;
}

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

function offsetOf(text: string): number | null {
  const found = /^([+-])(\d\d):(\d\d)/.exec(text);
  if (!found) return null;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return (found[1] === '-' ? -1 : 1) * minutes * MINUTE_MS;
}

/** A rule of the kind that clocks are changed by: once a year, on the nth weekday of a month. */
function yearlyOf(c: Component): Observance['yearly'] {
  const rule = property(c, 'rrule')?.values[0] as Record<string, unknown> | undefined;
  if (rule?.['freq'] !== 'YEARLY') return null;
  const one = (name: string): string => String([rule[name]].flat()[0] ?? '');
  const month = Number(one('bymonth'));
  const day = /^([+-]?\d)?(SU|MO|TU|WE|TH|FR|SA)$/.exec(one('byday'));
  if (!(month >= 1 && month <= 12) || !day) return null;
  return {
    month: month - 1,
    nth: Number(day[1] ?? 0),
    weekday: WEEKDAYS.indexOf(day[2] ?? ''),
    day: Math.max(1, Number(one('bymonthday')) || 1),
  };
}

/** When the clock is changed in that year, as local time. */
function changeIn(year: number, o: Observance): number {
  const { yearly, start } = o;
  const time = ((start % DAY_MS) + DAY_MS) % DAY_MS;
  if (!yearly) return start;
  const { month, nth, weekday, day } = yearly;
  const first = nth < 0 ? Date.UTC(year, month + 1, 0) : Date.UTC(year, month, nth ? 1 : day);
  const away = weekday - new Date(first).getUTCDay();
  const step = nth < 0 ? -((7 - away) % 7) : (away + 7) % 7;
  const weeks = nth < 0 ? nth + 1 : Math.max(0, nth - 1);
  return first + (step + weeks * 7) * DAY_MS + time;
}

function observanceOf(c: Component): Observance | null {
  const start = localMs(textOf(c, 'dtstart'));
  const offset = offsetOf(textOf(c, 'tzoffsetto'));
  if (start === null || offset === null) return null;
  const rule = property(c, 'rrule')?.values[0] as Record<string, unknown> | undefined;
  const until = localMs(String(rule?.['until'] ?? ''));
  return { start, offset, yearly: yearlyOf(c), until: until ?? Infinity };
}

/** The rules of a VTIMEZONE (RFC 5545 section 3.6.5); null: it has none. */
export function zoneOf(c: Component): Zone | null {
  const all = c.components.slice(0, OBSERVANCES_MAX).flatMap((part) => observanceOf(part) ?? []);
  if (!all.length) return null;
  const offset = (local: number): number => {
    const year = new Date(local).getUTCFullYear();
    const changes = all.flatMap((o) =>
      [year - 1, year].map((y) => ({ at: changeIn(y, o), offset: o.offset, o })),
    );
    const past = changes.filter(({ at, o }) => at <= local && at >= o.start && at <= o.until);
    past.sort((a, b) => b.at - a.at);
    return (past[0] ?? [...changes].sort((a, b) => a.at - b.at)[0])?.offset ?? 0;
  };
  return { olson: null, offset };
}

/** A zone that the browser knows. A time that comes twice is the first, one that the clock leaves
    out is told by the clock before it (RFC 5545 section 3.3.5). */
export function known(olson: string): Zone {
  const offset = (local: number): number => {
    const before = offsetAt(olson, local - DAY_MS);
    const after = offsetAt(olson, local + DAY_MS);
    return [before, after].find((o) => offsetAt(olson, local - o) === o) ?? before;
  };
  return { olson, offset };
}

/** What a TZID means in this calendar; null: nobody knows. */
export function findZone(tzid: string, calendar: Component): Zone | null {
  const olson = olsonNamed(tzid);
  if (olson) return known(olson);
  const told = calendar.components.find(
    (c) => c.name === 'vtimezone' && textOf(c, 'tzid').trim() === tzid.trim(),
  );
  return told ? zoneOf(told) : null;
}

/** A date or a time of an event. */
export interface Moment {
  /** "2025-03-10" or "2025-03-10T09:00:00", as it was written. */
  local: string;
  allDay: boolean;
  /** Null for whole days, and for times that are meant wherever one is. */
  at: number | null;
  zone: Zone | null;
  tzid: string;
}

export function momentOf(c: Component, name: string, calendar: Component): Moment | null {
  const found = property(c, name);
  const local = String(found?.values[0] ?? '');
  const ms = localMs(local);
  if (!found || ms === null) return null;
  const tzid = parameter(found, 'tzid');
  if (local.length === 10) return { local, allDay: true, at: null, zone: null, tzid: '' };
  if (local.endsWith('Z'))
    return { local: local.slice(0, -1), allDay: false, at: ms, zone: known('UTC'), tzid: 'UTC' };
  const zone = tzid ? findZone(tzid, calendar) : null;
  return { local, allDay: false, at: zone ? ms - zone.offset(ms) : null, zone, tzid };
}
