/** When "later" is, in the person's time zone. */
import { clockAt, dayOf, fromLocalText, momentOf } from '../ui/zone.svelte';

export { localText } from '../ui/zone.svelte';

const MORNING = 8;

export function tomorrow(now: Date): Date {
  const clock = clockAt(now);
  return momentOf({ ...clock, day: clock.day + 1, hour: MORNING, minute: 0 });
}

export function monday(now: Date): Date {
  const days = (8 - dayOf(now).weekday) % 7 || 7;
  const clock = clockAt(now);
  return momentOf({ ...clock, day: clock.day + days, hour: MORNING, minute: 0 });
}

/** A moment that lies ahead and may be asked for; else null. */
export function laterThan(now: Date, text: string, holdMax: number): Date | null {
  const at = fromLocalText(text);
  const ahead = (at?.getTime() ?? 0) - now.getTime();
  return ahead > 0 && ahead <= holdMax * 1000 ? at : null;
}
