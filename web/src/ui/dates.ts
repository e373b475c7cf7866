const DAY_MS = 24 * 60 * 60 * 1000;
const made = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let found = made.get(key);
  if (!found) made.set(key, (found = new Intl.DateTimeFormat(language, options)));
  return found;
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** As a list shows it: the time today, the weekday this week, the day this year, else the date. */
export function shortDate(iso: string, language: string, now = new Date()): string {
  const date = new Date(iso);
  const age = midnight(now) - midnight(date);
  if (age <= 0 && age > -DAY_MS)
    return formatter(language, { hour: 'numeric', minute: '2-digit' }).format(date);
  if (age > 0 && age < 6.5 * DAY_MS) return formatter(language, { weekday: 'short' }).format(date);
  if (date.getFullYear() === now.getFullYear())
    return formatter(language, { month: 'short', day: 'numeric' }).format(date);
  return formatter(language, { dateStyle: 'short' }).format(date);
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
