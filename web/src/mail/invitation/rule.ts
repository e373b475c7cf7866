/** A rule of recurrence in words (RFC 5545 section 3.3.10). */
import { currentLanguage, t } from '../../i18n/index.svelte';
import type { Rule } from './event';
import { localMs } from './zones';

const DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const SUNDAY = Date.UTC(2023, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;
const LIST_MAX = 31;

function listOf(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : [value].flat().slice(0, LIST_MAX);
}

function numbersOf(value: unknown): number[] {
  return listOf(value)
    .map(Number)
    .filter((n) => Number.isInteger(n));
}

function joined(words: string[]): string {
  return new Intl.ListFormat(currentLanguage(), { type: 'conjunction' }).format(words);
}

function dayName(day: number): string {
  const format = new Intl.DateTimeFormat(currentLanguage(), { weekday: 'long', timeZone: 'UTC' });
  return format.format(SUNDAY + day * DAY_MS);
}

function monthName(month: number): string {
  const format = new Intl.DateTimeFormat(currentLanguage(), { month: 'long', timeZone: 'UTC' });
  return format.format(Date.UTC(2023, month - 1, 1));
}

/** "first", "last"; null: none that people would say. */
function nthName(nth: number): string | null {
  if (nth === -1) return t('rule.last');
  if (nth === -2) return t('rule.last2');
  if (nth < 1 || nth > 5) return null;
  return t(`rule.nth${nth as 1 | 2 | 3 | 4 | 5}`);
}

interface ByDay {
  nth: number;
  day: number;
}

function byDayOf(rule: Rule): ByDay[] {
  return listOf(rule['byday']).flatMap((text) => {
    const found = /^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)$/.exec(String(text));
    return found ? [{ nth: Number(found[1] ?? 0), day: DAYS.indexOf(found[2] ?? '') }] : [];
  });
}

function daysWords(days: ByDay[]): string {
  const plain = days.map((d) => d.day);
  const week = [1, 2, 3, 4, 5];
  if (plain.length === 5 && week.every((d) => plain.includes(d))) return t('rule.workday');
  return joined([...new Set(plain)].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7)).map(dayName));
}

/** On which days of the month; null: it cannot be said simply. */
function inMonth(rule: Rule): string | null {
  const days = byDayOf(rule);
  const dates = numbersOf(rule['bymonthday']);
  const set = numbersOf(rule['bysetpos']);
  if (days.length && dates.length) return null;
  if (dates.length === 1 && dates[0] === -1) return t('rule.lastDay');
  if (dates.length)
    return dates.some((d) => d < 1) ? null : t('rule.onDates', { days: joined(dates.map(String)) });
  if (!days.length) return '';
  if (set.length === 1) {
    const nth = nthName(set[0] ?? 0);
    return nth ? t('rule.onNth', { nth, day: daysWords(days) }) : null;
  }
  const words = days.map((d) => {
    const nth = nthName(d.nth);
    return nth ? t('rule.nthDay', { nth, day: dayName(d.day) }) : null;
  });
  return set.length || words.includes(null)
    ? null
    : t('rule.on', { days: joined(words as string[]) });
}

function inWeek(rule: Rule): string | null {
  const days = byDayOf(rule);
  if (!days.length) return '';
  return days.some((d) => d.nth) ? null : t('rule.on', { days: daysWords(days) });
}

const EVERY = {
  DAILY: 'rule.daily',
  WEEKLY: 'rule.weekly',
  MONTHLY: 'rule.monthly',
  YEARLY: 'rule.yearly',
} as const;

function endWords(rule: Rule): string {
  const count = Number(rule['count'] ?? 0);
  if (count > 0) return t('rule.times', { count });
  const until = localMs(String(rule['until'] ?? ''));
  if (until === null) return '';
  const date = new Intl.DateTimeFormat(currentLanguage(), { dateStyle: 'long', timeZone: 'UTC' });
  return t('rule.until', { date: date.format(until) });
}

function isSimple(rule: Rule): boolean {
  const odd = ['bysecond', 'byminute', 'byhour', 'byyearday', 'byweekno'];
  return !odd.some((name) => listOf(rule[name]).length);
}

/** "Every 2 weeks on Monday, until 1 May 2026"; a rule that is too odd is told to be one. */
export function ruleText(rule: Rule): string {
  const freq = String(rule['freq']) as keyof typeof EVERY;
  const count = Math.max(1, Math.min(1000, Number(rule['interval'] ?? 1) || 1));
  if (!(freq in EVERY) || !isSimple(rule)) return t('rule.odd');
  const days = freq === 'MONTHLY' || freq === 'YEARLY' ? inMonth(rule) : inWeek(rule);
  const months = numbersOf(rule['bymonth']).filter((m) => m >= 1 && m <= 12);
  if (days === null) return t('rule.odd');
  const within = months.length ? t('rule.in', { months: joined(months.map(monthName)) }) : '';
  const words = [t(EVERY[freq], { count }), days, within].filter(Boolean).join(' ');
  const end = endWords(rule);
  return end ? `${words}, ${end}` : words;
}
