import { expect, test } from 'vitest';
import { readInvitation } from './event';
import { escaped, fold, replyText } from './reply';

const REQUEST = `BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VTIMEZONE
TZID:Unused
END:VTIMEZONE
BEGIN:VEVENT
UID:040000008200E00074C5B7101A82E008
RECURRENCE-ID;TZID=W. Europe Standard Time:20250414T090000
ORGANIZER;CN="Berg, Anna":mailto:anna.berg@contoso.example
ATTENDEE;PARTSTAT=NEEDS-ACTION;CN=Raj Patel:mailto:raj.patel@fabrikam.example
ATTENDEE:mailto:other@fabrikam.example
DTSTART;TZID=W. Europe Standard Time:20250415T110000
SUMMARY:Budget\\, review
DESCRIPTION:long
SEQUENCE:2
DTSTAMP:20250320T081527Z
END:VEVENT
END:VCALENDAR
`;

function reply(comment = ''): string {
  const invitation = readInvitation(REQUEST);
  if (!invitation) throw new Error('no invitation');
  return replyText(invitation, {
    email: 'raj.patel@fabrikam.example',
    name: 'Raj "R" Patel',
    answer: 'TENTATIVE',
    comment,
    now: new Date('2026-11-22T10:11:12.345Z'),
  });
}

test('a reply has what RFC 5546 section 3.2.3 asks for, and nothing of the others', () => {
  const text = reply('Perhaps; later,\nI hope');
  const lines = text.replace(/\r\n[ \t]/g, '').split('\r\n');
  expect(lines).toEqual([
    'BEGIN:VCALENDAR',
    'PRODID:-//Postroad//Page//EN',
    'VERSION:2.0',
    'METHOD:REPLY',
    'BEGIN:VTIMEZONE',
    'TZID:W. Europe Standard Time',
    'BEGIN:STANDARD',
    'DTSTART:16010101T030000',
    'TZOFFSETFROM:+0200',
    'TZOFFSETTO:+0100',
    'END:STANDARD',
    'END:VTIMEZONE',
    'BEGIN:VEVENT',
    'UID:040000008200E00074C5B7101A82E008',
    'RECURRENCE-ID;TZID=W. Europe Standard Time:20250414T090000',
    'DTSTART;TZID=W. Europe Standard Time:20250415T110000',
    'SUMMARY:Budget\\, review',
    'ORGANIZER;CN="Berg, Anna":mailto:anna.berg@contoso.example',
    'DTSTAMP:20261122T101112Z',
    'SEQUENCE:2',
    'ATTENDEE;PARTSTAT=TENTATIVE;CN="Raj  R  Patel":mailto:raj.patel@fabrikam.example',
    'COMMENT:Perhaps\\; later\\,\\nI hope',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]);
  expect(readInvitation(text)?.attendees.map((p) => p.status)).toEqual(['TENTATIVE']);
});

test('no line is longer than 75 octets, and no character is broken', () => {
  const long = reply('ñandú 🗓 '.repeat(100));
  const octets = (line: string): number => new TextEncoder().encode(line).length;
  for (const line of long.split('\r\n')) expect(octets(line)).toBeLessThanOrEqual(75);
  expect(readInvitation(long)?.comment).toContain('ñandú 🗓 ñandú');
  expect(fold('short')).toBe('short');
  expect(escaped('a\\b\r\nc')).toBe('a\\\\b\\nc');
});
