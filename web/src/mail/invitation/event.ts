/** What an invitation says (RFC 5545, RFC 5546), as far as the page shows it. */
import { parameter, property, readCalendars, textOf, type Component, type Property } from './lines';
import { localMs, momentOf, type Moment } from './zones';

export const PEOPLE_MAX = 500;
const TEXT_MAX = 4000;
const NAME_MAX = 200;

export const methods = [
  'PUBLISH',
  'REQUEST',
  'REPLY',
  'ADD',
  'CANCEL',
  'REFRESH',
  'COUNTER',
  'DECLINECOUNTER',
] as const;
export type Method = (typeof methods)[number];

export const statuses = ['NEEDS-ACTION', 'ACCEPTED', 'DECLINED', 'TENTATIVE', 'DELEGATED'] as const;
export type Status = (typeof statuses)[number];

export interface Party {
  name: string;
  /** Lower case; empty: no mail address. */
  email: string;
  status: Status;
  optional: boolean;
  /** Who writes in that person's name. */
  sentBy: string;
  line: Property;
}

export type Rule = Record<string, unknown>;

export interface Invitation {
  method: Method;
  kind: 'event' | 'task';
  uid: string;
  sequence: number;
  summary: string;
  location: string;
  description: string;
  comment: string;
  /** Where it is met by network: https alone. */
  online: string;
  cancelled: boolean;
  start: Moment | null;
  end: Moment | null;
  rule: Rule | null;
  /** One of a series, and which. */
  instance: Moment | null;
  thisAndFuture: boolean;
  /** Further events in the same message: changed ones of the series. */
  others: number;
  organizer: Party | null;
  attendees: Party[];
  attendeesLeft: number;
  /** For the answer. */
  source: { event: Component; calendar: Component };
}

// eslint-disable-next-line no-control-regex
const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text without what could change how the rest is read. */
export function plain(text: string, max = TEXT_MAX): string {
  return text.replace(INVISIBLE, '').trim().slice(0, max);
}

/** "mailto:a@b.example" as an address; empty: it is none. */
export function addressOf(value: unknown): string {
  const found = /^(?:mailto:)?([^\s<>"(),;:\\@]+@[^\s<>"(),;:\\@]+)$/i.exec(String(value).trim());
  return found?.[1] && found[1].length <= 320 ? found[1].toLowerCase() : '';
}

function partyOf(line: Property): Party {
  const status = parameter(line, 'partstat').toUpperCase() as Status;
  return {
    name: plain(parameter(line, 'cn'), NAME_MAX).replace(/^"|"$/g, ''),
    email: addressOf(line.values[0]),
    status: statuses.includes(status) ? status : 'NEEDS-ACTION',
    optional: parameter(line, 'role').toUpperCase() === 'OPT-PARTICIPANT',
    sentBy: addressOf(parameter(line, 'sent-by')),
    line,
  };
}

function onlineOf(c: Component): string {
  const names = ['x-google-conference', 'x-microsoft-skypeteamsmeetingurl', 'conference'];
  for (const name of names) {
    const value = textOf(c, name);
    if (/^https:\/\/[^\s"<>]+$/i.test(value) && value.length < 2000 && URL.canParse(value))
      return new URL(value).href;
  }
  return '';
}

/** "P1DT2H" in milliseconds. */
function durationMs(text: string): number | null {
  const found =
    /^\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$/.exec(
      text,
    );
  if (!found) return null;
  const [w = 0, d = 0, h = 0, m = 0, s = 0] = found.slice(1).map((n) => Number(n ?? 0));
  return ((((w * 7 + d) * 24 + h) * 60 + m) * 60 + s) * 1000;
}

function localText(ms: number, allDay: boolean): string {
  return new Date(ms).toISOString().slice(0, allDay ? 10 : 19);
}

/** DTEND, DUE, or what DURATION makes of the beginning. */
function endOf(c: Component, calendar: Component, start: Moment | null): Moment | null {
  const told = momentOf(c, 'dtend', calendar) ?? momentOf(c, 'due', calendar);
  if (told || !start) return told;
  const length = durationMs(textOf(c, 'duration'));
  const from = localMs(start.local);
  if (!length || from === null) return null;
  const at = start.at === null ? null : start.at + length;
  return { ...start, local: localText(from + length, start.allDay), at };
}

function ruleOf(c: Component): Rule | null {
  const value = property(c, 'rrule')?.values[0];
  return typeof value === 'object' && value !== null ? (value as Rule) : null;
}

function invitationOf(event: Component, calendar: Component, others: number): Invitation {
  const said = textOf(calendar, 'method').toUpperCase() as Method;
  const organizer = property(event, 'organizer');
  const lines = event.properties.filter((p) => p.name === 'attendee');
  const start = momentOf(event, 'dtstart', calendar);
  const sequence = Number(textOf(event, 'sequence'));
  const instance = property(event, 'recurrence-id');
  return {
    method: methods.includes(said) ? said : 'PUBLISH',
    kind: event.name === 'vtodo' ? 'task' : 'event',
    uid: textOf(event, 'uid'),
    sequence: Number.isSafeInteger(sequence) && sequence > 0 ? sequence : 0,
    summary: plain(textOf(event, 'summary'), NAME_MAX * 2),
    location: plain(textOf(event, 'location'), NAME_MAX * 3),
    description: plain(textOf(event, 'description')),
    comment: plain(textOf(event, 'comment')),
    online: onlineOf(event),
    cancelled: said === 'CANCEL' || textOf(event, 'status').toUpperCase() === 'CANCELLED',
    start,
    end: endOf(event, calendar, start),
    rule: ruleOf(event),
    instance: momentOf(event, 'recurrence-id', calendar),
    thisAndFuture: parameter(instance, 'range').toUpperCase() === 'THISANDFUTURE',
    others,
    organizer: organizer ? partyOf(organizer) : null,
    attendees: lines.slice(0, PEOPLE_MAX).map(partyOf),
    attendeesLeft: Math.max(0, lines.length - PEOPLE_MAX),
    source: { event, calendar },
  };
}

/** What a calendar that came by mail says; null: nothing that could be shown. */
export function readInvitation(text: string): Invitation | null {
  for (const calendar of readCalendars(text)) {
    const all = calendar.components.filter((c) => c.name === 'vevent' || c.name === 'vtodo');
    const event = all.find((c) => !property(c, 'recurrence-id')) ?? all[0];
    const uid = event && textOf(event, 'uid');
    if (event)
      return invitationOf(event, calendar, all.filter((c) => textOf(c, 'uid') === uid).length - 1);
  }
  return null;
}

/** Whether this kind is answered. */
export function wantsAnswer({ method, cancelled, kind, organizer, uid }: Invitation): boolean {
  const asks = method === 'REQUEST' || method === 'ADD' || method === 'DECLINECOUNTER';
  return asks && !cancelled && kind === 'event' && Boolean(organizer?.email && uid);
}

/** Who must have sent it: the organiser, or whoever answers. */
function authors({ method, organizer, attendees }: Invitation): Party[] {
  const answers = method === 'REPLY' || method === 'COUNTER' || method === 'REFRESH';
  return answers ? attendees : organizer ? [organizer] : [];
}

/** Whom the calendar names as its author, where that is not who sent the mail. */
export function foreignAuthor(invitation: Invitation, from: string[]): Party | null {
  const named = authors(invitation);
  const mails = from.map((address) => address.toLowerCase());
  const own = named.some((p) => mails.includes(p.email) || mails.includes(p.sentBy));
  return own || !mails.length ? null : (named[0] ?? null);
}
