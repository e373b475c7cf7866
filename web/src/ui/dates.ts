import { clockAt, currentZone, dayOf } from './zone.svelte';

const made = new Map<string, Intl.DateTimeFormat>();

/** In the person's time zone. */
function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const timeZone = currentZone();
  const key = `${language} ${timeZone ?? ''} ${JSON.stringify(options)}`;
  let found = made.get(key);
  if (!found) made.set(key, (found = new Intl.DateTimeFormat(language, { ...options, timeZone })));
  return found;
}

/** As a list shows it: the time today, the weekday this week, the day this year, else the date. */
export function shortDate(iso: string, language: string, now = new Date()): string {
  const date = new Date(iso);
  const days = dayOf(now).number - dayOf(date).number;
  if (days === 0) return formatter(language, { hour: 'numeric', minute: '2-digit' }).format(date);
  if (days > 0 && days < 7) return formatter(language, { weekday: 'short' }).format(date);
  if (clockAt(date).year === clockAt(now).year) return dayDate(iso, language);
  return formatter(language, { dateStyle: 'short' }).format(date);
}

export function dayDate(iso: string, language: string): string {
  return formatter(language, { month: 'short', day: 'numeric' }).format(new Date(iso));
}

/** What lies ahead: the weekday and the time while that says enough, else the day. */
export function aheadDate(iso: string, language: string, now = new Date()): string {
  const date = new Date(iso);
  const days = dayOf(date).number - dayOf(now).number;
  if (days >= 7 || days < 0) return dayDate(iso, language);
  const time = { hour: 'numeric', minute: '2-digit' } as const;
  return formatter(language, days ? { weekday: 'short', ...time } : time).format(date);
}

export function longDate(iso: string, language: string): string {
  return formatter(language, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(iso));
}

export function mediumDate(iso: string, language: string): string {
  return formatter(language, {
    weekday: 'short',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  }).format(new Date(iso));
}

const UNITS = ['B', 'KB', 'MB', 'GB'];

export function sizeText(bytes: number, language: string): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  const digits = unit > 1 && size < 10 ? 1 : 0;
  return `${size.toLocaleString(language, { maximumFractionDigits: digits })} ${UNITS[unit] ?? ''}`;
}
