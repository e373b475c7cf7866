/** The time zone that dates are shown in: the person's choice, else the device's. */
let zone = $state<string | undefined>(undefined);

export interface Clock {
  year: number;
  month: number; // 1 to 12
  day: number;
  hour: number;
  minute: number;
}

/** undefined: the device's. */
export function currentZone(): string | undefined {
  return zone;
}

export function deviceZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** "system", or a name of the time zone database; one that the browser lacks is the device's. */
export function useZone(name: string): void {
  zone = name !== 'system' && isZone(name) ? name : undefined;
}

const made = new Map<string, Intl.DateTimeFormat>();

function reader(timeZone: string): Intl.DateTimeFormat {
  let found = made.get(timeZone);
  if (!found) {
    const [year, month, day, hour, minute] = Array<'numeric'>(5).fill('numeric');
    const fields = { year, month, day, hour, minute, hourCycle: 'h23' } as const;
    found = new Intl.DateTimeFormat('en-US', { ...fields, timeZone });
    made.set(timeZone, found);
  }
  return found;
}

/** What a clock shows there at that moment. */
export function clockAt(at: Date): Clock {
  if (!zone)
    return {
      year: at.getFullYear(),
      month: at.getMonth() + 1,
      day: at.getDate(),
      hour: at.getHours(),
      minute: at.getMinutes(),
    };
  const clock: Clock = { year: 0, month: 1, day: 1, hour: 0, minute: 0 };
  for (const { type, value } of reader(zone).formatToParts(at))
    if (type in clock) clock[type as keyof Clock] = Number(value);
  return clock;
}

function asUtc(c: Clock): number {
  return Date.UTC(c.year, c.month - 1, c.day, c.hour, c.minute);
}

/** The moment when a clock there shows that; days past a month's end count on. */
export function momentOf(c: Clock): Date {
  if (!zone) return new Date(c.year, c.month - 1, c.day, c.hour, c.minute);
  const wanted = asUtc(c);
  let at = wanted;
  // A second time, since another offset may hold there than the one that was guessed by.
  for (let i = 0; i < 2; i++) at += wanted - asUtc(clockAt(new Date(at)));
  return new Date(at);
}

/** Days since 1970, and with it the weekday: 0 is Sunday. */
export function dayOf(at: Date): { number: number; weekday: number } {
  const c = clockAt(at);
  const number = Math.floor(Date.UTC(c.year, c.month - 1, c.day) / 86_400_000);
  return { number, weekday: (number + 4) % 7 };
}

const two = (n: number): string => String(n).padStart(2, '0');

/** As a field of type datetime-local wants it. */
export function localText(at: Date): string {
  const c = clockAt(at);
  return `${c.year}-${two(c.month)}-${two(c.day)}T${two(c.hour)}:${two(c.minute)}`;
}

/** Back from such a field, or from a date alone; null: it is none. */
export function fromLocalText(text: string): Date | null {
  const found = /^(\d{4,6})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::\d\d)?)?$/.exec(text);
  if (!found) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  const isDay = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  return isDay && month <= 12 && hour < 24 ? momentOf({ year, month, day, hour, minute }) : null;
}
