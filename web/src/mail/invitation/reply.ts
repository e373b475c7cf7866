/** The answer to an invitation: a REPLY (RFC 5546 section 3.2.3). */
import type { Invitation, Status } from './event';
import { parameter, property, type Component, type Property } from './lines';

export const answers = ['ACCEPTED', 'TENTATIVE', 'DECLINED'] as const satisfies Status[];
export type Answer = (typeof answers)[number];

const OCTETS_MAX = 75;
const ZONE_LINES_MAX = 400;
const encoder = new TextEncoder();

/** Lines of at most 75 octets, no character broken (RFC 5545 section 3.1). */
export function fold(line: string): string {
  let out = '';
  let room = OCTETS_MAX;
  for (const character of line) {
    const octets = encoder.encode(character).length;
    if (octets > room) {
      out += '\r\n ';
      room = OCTETS_MAX - 1;
    }
    out += character;
    room -= octets;
  }
  return out;
}

/** TEXT (RFC 5545 section 3.3.11). */
export function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r\n|\n|\r/g, '\\n');
}

function quoted(value: string): string {
  // eslint-disable-next-line no-control-regex
  return `"${value.replace(/["\u0000-\u001f\u007f]/g, ' ').trim()}"`;
}

function zonesUsed(event: Component, names: string[]): string[] {
  const ids = names.map((name) => parameter(property(event, name), 'tzid')).filter(Boolean);
  return [...new Set(ids)];
}

function componentLines(c: Component): string[] {
  const name = c.name.toUpperCase();
  const inside = c.components.flatMap(componentLines);
  return [`BEGIN:${name}`, ...c.properties.map((p) => p.raw), ...inside, `END:${name}`];
}

/** Zones that the answer's times are in, as the invitation described them. */
function zoneLines({ source }: Invitation, names: string[]): string[] {
  const wanted = zonesUsed(source.event, names);
  const lines = source.calendar.components
    .filter((c) => c.name === 'vtimezone' && wanted.includes(zoneIdOf(c)))
    .flatMap(componentLines);
  return lines.length > ZONE_LINES_MAX ? [] : lines;
}

function zoneIdOf(c: Component): string {
  return String(property(c, 'tzid')?.values[0] ?? '');
}

function stamp(now: Date): string {
  return now.toISOString().replace(/[-:]|\.\d+/g, '');
}

export interface Replying {
  /** The address that was invited, and what its owner is called. */
  email: string;
  name: string;
  answer: Answer;
  comment: string;
  now: Date;
}

/** Only what the invitation had, and the one who answers. */
export function replyText(invitation: Invitation, r: Replying): string {
  const { event } = invitation.source;
  const kept = ['uid', 'recurrence-id', 'dtstart', 'dtend', 'duration', 'summary', 'organizer'];
  const raw = (name: string): string[] => {
    const found: Property | undefined = property(event, name);
    return found ? [found.raw] : [];
  };
  const cn = r.name ? `;CN=${quoted(r.name)}` : '';
  const lines = [
    'BEGIN:VCALENDAR',
    'PRODID:-//Postroad//Page//EN',
    'VERSION:2.0',
    'METHOD:REPLY',
    ...zoneLines(invitation, ['recurrence-id', 'dtstart', 'dtend']),
    'BEGIN:VEVENT',
    ...kept.flatMap(raw),
    `DTSTAMP:${stamp(r.now)}`,
    `SEQUENCE:${invitation.sequence}`,
    `ATTENDEE;PARTSTAT=${r.answer}${cn}:mailto:${r.email}`,
    ...(r.comment ? [`COMMENT:${escaped(r.comment)}`] : []),
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return `${lines.map(fold).join('\r\n')}\r\n`;
}
