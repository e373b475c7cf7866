import { clockAt, dayOf, momentOf } from '../../ui/zone.svelte';

/** When a message may come back; in the person's time zone. */
export interface Offer {
  name: 'laterToday' | 'tomorrow' | 'nextWeek';
  at: Date;
}

const [MORNING, LATER_H, LATEST_H] = [8, 3, 20];

function morning(now: Date, days: number): Date {
  const clock = clockAt(now);
  return momentOf({ ...clock, day: clock.day + days, hour: MORNING, minute: 0 });
}

/** In three hours, at a full one, while that is still today. */
function laterToday(now: Date): Date | null {
  const clock = clockAt(now);
  const hour = clock.hour + LATER_H + Number(clock.minute >= 30);
  return hour <= LATEST_H ? momentOf({ ...clock, hour, minute: 0 }) : null;
}

export function offers(now: Date): Offer[] {
  const later = laterToday(now);
  const toMonday = (8 - dayOf(now).weekday) % 7 || 7;
  return [
    ...(later ? [{ name: 'laterToday' as const, at: later }] : []),
    { name: 'tomorrow', at: morning(now, 1) },
    { name: 'nextWeek', at: morning(now, toMonday) },
  ];
}

const YEARS_MAX = 5;

/** Whether the server keeps such a time (docs/JMAP_MORE.md, "Snoozed emails"). */
export function isAhead(at: Date, now: Date): boolean {
  const clock = clockAt(now);
  return at > now && at < momentOf({ ...clock, year: clock.year + YEARS_MAX });
}
