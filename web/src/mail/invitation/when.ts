/** When an event is, in words: by the reader's clock, and by its own where that differs. */
import { currentLanguage, t } from '../../i18n/index.svelte';
import type { Invitation } from './event';
import { localMs, type Moment } from './zones';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface When {
  text: string;
  /** What the reader has to know besides: by which clock, or that it is not known. */
  notes: string[];
}

export function readersZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function span(zone: string, from: number, to: number | null): string {
  const format = new Intl.DateTimeFormat(currentLanguage(), {
    weekday: 'long',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZone: zone,
  });
  return to !== null && to > from ? format.formatRange(from, to) : format.format(from);
}

function days(from: number, to: number | null): string {
  const format = new Intl.DateTimeFormat(currentLanguage(), { dateStyle: 'full', timeZone: 'UTC' });
  return to !== null && to > from ? format.formatRange(from, to) : format.format(from);
}

function zoneName(zone: string, at: number): string {
  const format = new Intl.DateTimeFormat(currentLanguage(), {
    timeZone: zone,
    timeZoneName: 'long',
  });
  const name = format.formatToParts(at).find((p) => p.type === 'timeZoneName')?.value;
  return name ?? zone;
}

/** By the event's own clock, if that shows another time than the reader's. */
function elsewhere(start: Moment, end: Moment | null, mine: string): string[] {
  const { at, zone } = start;
  const ms = localMs(start.local);
  if (at === null || !zone || ms === null || zone.olson === 'UTC') return [];
  const own = span('UTC', ms, null);
  if (own === span(mine, at, null)) return [];
  const length = end?.at == null ? null : ms + (end.at - at);
  const name = zone.olson ? `${zoneName(zone.olson, at)}, ${zone.olson}` : start.tzid;
  return [t('invite.there', { when: span('UTC', ms, length), zone: name.slice(0, 120) })];
}

/** zone: the reader's. */
export function whenOf(
  { start, end }: Pick<Invitation, 'start' | 'end'>,
  zone = readersZone(),
): When {
  const from = start && localMs(start.local);
  if (!start || from === null) return { text: t('invite.noTime'), notes: [] };
  const to = end && localMs(end.local);
  if (start.allDay) {
    const last = to === null ? null : to - DAY_MS; // the end is the day after
    return { text: days(from, last), notes: [t('invite.allDay')] };
  }
  if (start.at === null) {
    const note = start.tzid ? t('invite.zoneUnknown', { zone: start.tzid.slice(0, 80) }) : '';
    return { text: span('UTC', from, to), notes: [note || t('invite.floating')] };
  }
  return {
    text: `${span(zone, start.at, end?.at ?? null)} (${zoneName(zone, start.at)})`,
    notes: elsewhere(start, end, zone),
  };
}

/** One day and time of a series. */
export function instanceOf(moment: Moment, zone = readersZone()): string {
  return whenOf({ start: moment, end: null }, zone).text;
}
