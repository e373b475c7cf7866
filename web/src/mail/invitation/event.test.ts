import { expect, test } from 'vitest';
import { addressOf, foreignAuthor, plain, readInvitation, wantsAnswer } from './event';
import { CALENDAR_BYTES_MAX, LINES_MAX, readCalendars } from './lines';
import { ruleText } from './rule';
import { whenOf } from './when';

const HEAD = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'METHOD:REQUEST'];
const calendar = (lines: string[], head = HEAD, end = '\r\n'): string =>
  [...head, 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join(end);
const read = (lines: string[], head = HEAD) => {
  const found = readInvitation(calendar(lines, head));
  if (!found) throw new Error('nothing was found');
  return found;
};
const BASE = ['UID:1@a.example', 'DTSTAMP:20250304T081527Z', 'DTSTART:20250310T080000Z'];

test('the example of RFC 5546 section 4.2.1', () => {
  const got = read([
    'ORGANIZER:mailto:a@example.com',
    'ATTENDEE;ROLE=CHAIR;PARTSTAT=ACCEPTED;CN=A:mailto:a@example.com',
    'ATTENDEE;RSVP=TRUE;CUTYPE=INDIVIDUAL;CN=B:mailto:b@example.com',
    'ATTENDEE;RSVP=FALSE;CUTYPE=ROOM:mailto:conf@example.com',
    'ATTENDEE;ROLE=NON-PARTICIPANT;RSVP=FALSE:mailto:e@example.com',
    'DTSTAMP:19970611T190000Z',
    'DTSTART:19970701T200000Z',
    'DTEND:19970701T2100000Z',
    'SUMMARY:Conference',
    'UID:calsrv.example.com-873970198738777@example.com',
    'SEQUENCE:0',
    'STATUS:CONFIRMED',
  ]);
  expect(got.method).toBe('REQUEST');
  expect(got.organizer?.email).toBe('a@example.com');
  expect(got.attendees.map((p) => [p.name, p.email, p.status])).toEqual([
    ['A', 'a@example.com', 'ACCEPTED'],
    ['B', 'b@example.com', 'NEEDS-ACTION'],
    ['', 'conf@example.com', 'NEEDS-ACTION'],
    ['', 'e@example.com', 'NEEDS-ACTION'],
  ]);
  expect(got.start?.at).toBe(Date.UTC(1997, 6, 1, 20));
  expect(wantsAnswer(got)).toBe(true);
});

test('lines that are folded wrongly, ends of line of any kind, odd bytes', () => {
  for (const end of ['\r\n', '\n', '\r']) {
    const text = calendar(
      [...BASE, 'SUMMARY:one ', ' two', 'and three', '\tfour\u0000'],
      HEAD,
      end,
    );
    expect(readInvitation(text)?.summary).toBe('one twoand threefour');
  }
  expect(readInvitation('')).toBeNull();
  expect(readInvitation('no calendar')).toBeNull();
  expect(readInvitation('END:VCALENDAR\nEND:VCALENDAR')).toBeNull();
});

test('one line that cannot be read takes none of the others with it', () => {
  const got = read([
    ...BASE,
    'SUMMARY;X:broken',
    'RRULE:FREQ=NEVER',
    'LOCATION;A="x:y',
    'SEQUENCE:7',
  ]);
  expect([got.summary, got.rule, got.location, got.sequence]).toEqual(['', null, '', 7]);
});

test('what is hostile is bounded', () => {
  const began = performance.now();
  const lines = Array.from(
    { length: 100_000 },
    (_, i) => `ATTENDEE;CN=n${i}:mailto:a${i}@x.example`,
  );
  const many = read([...BASE, ...lines]);
  expect(many.attendees.length).toBe(500);
  expect(many.attendeesLeft).toBeLessThan(LINES_MAX);
  const deep = `BEGIN:VCALENDAR\n${'BEGIN:VEVENT\n'.repeat(50_000)}UID:1\n`;
  expect(readCalendars(deep).length).toBe(1);
  const long = read([
    ...BASE,
    `SUMMARY:${'x'.repeat(400_000)}`,
    `RDATE:${'20270101T000000Z,'.repeat(30_000)}`,
  ]);
  expect(long.summary).toBe('');
  const folded = read([...BASE, 'SUMMARY:x', ...Array<string>(100_000).fill(' y')]);
  expect(folded.summary.length).toBeLessThan(401);
  const ever = read([...BASE, 'RRULE:FREQ=SECONDLY;COUNT=999999999;BYSECOND=0,1,2']);
  expect(ruleText(ever.rule ?? {})).toMatch(/^Repeats by a rule/);
  const dates = 'X-Y;A=b'.repeat(20_000);
  expect(readInvitation(calendar([...BASE, dates]))?.uid).toBe('1@a.example');
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(CALENDAR_BYTES_MAX).toBe(512 * 1024);
});

test('names of objects are only names', () => {
  const got = read([
    ...BASE,
    'ATTENDEE;__proto__=x;CONSTRUCTOR=y:mailto:a@b.example',
    '__PROTO__:z',
  ]);
  expect(got.uid).toBe('1@a.example');
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});

test('text that would turn what follows around is plain', () => {
  expect(plain('a\u202egnp.exe\u0007 ')).toBe('agnp.exe');
  const got = read([...BASE, 'SUMMARY:a\\nb\\, c\\;d', 'CONFERENCE;VALUE=URI:javascript:alert(1)']);
  expect(got.summary).toBe('a\nb, c;d');
  expect(got.online).toBe('');
  expect(read([...BASE, 'X-GOOGLE-CONFERENCE:https://meet.example/a']).online).toBe(
    'https://meet.example/a',
  );
});

test('addresses', () => {
  expect(addressOf('MAILTO:A@B.example')).toBe('a@b.example');
  for (const bad of [
    'javascript:alert(1)',
    'mailto:',
    'mailto:a@b.example,c@d.example',
    'a b@c',
    5,
  ])
    expect(addressOf(bad)).toBe('');
});

test('who sent it against who is named', () => {
  const lines = ['ORGANIZER;SENT-BY="mailto:desk@a.example":mailto:boss@a.example'];
  const got = read([...BASE, ...lines, 'ATTENDEE:mailto:me@b.example']);
  expect(foreignAuthor(got, ['Boss@a.example'])).toBeNull();
  expect(foreignAuthor(got, ['desk@a.example'])).toBeNull();
  expect(foreignAuthor(got, ['mallory@x.example'])?.email).toBe('boss@a.example');
  const reply = read(
    [...BASE, 'ATTENDEE;PARTSTAT=ACCEPTED:mailto:me@b.example'],
    ['BEGIN:VCALENDAR', 'METHOD:REPLY'],
  );
  expect(foreignAuthor(reply, ['me@b.example'])).toBeNull();
  expect(foreignAuthor(reply, ['you@b.example'])?.email).toBe('me@b.example');
  expect(wantsAnswer(reply)).toBe(false);
});

test('a whole day ends on the day before its end; a duration makes an end', () => {
  const day = read(['UID:1', 'DTSTART;VALUE=DATE:20250310', 'DTEND;VALUE=DATE:20250312']);
  const text = whenOf(day, 'America/New_York');
  expect(text.text).toContain('10');
  expect(text.text).toContain('11');
  expect(text.notes).toEqual(['All day']);
  const one = read(['UID:1', 'DTSTART;VALUE=DATE:20250310', 'DURATION:P1D']);
  expect(whenOf(one).text).toBe('Monday, March 10, 2025');
  const timed = read(['UID:1', 'DTSTART:20250310T080000Z', 'DURATION:PT1H30M']);
  expect(timed.end?.at).toBe(Date.UTC(2025, 2, 10, 9, 30));
});

test('by the reader’s clock, and by the event’s own where it differs', () => {
  const got = read([
    'UID:1',
    'DTSTART;TZID=W. Europe Standard Time:20250310T090000',
    'DTEND;TZID=W. Europe Standard Time:20250310T100000',
  ]);
  const ny = whenOf(got, 'America/New_York');
  expect(ny.text.replace(/\s/g, ' ')).toContain('4:00 – 5:00 AM');
  expect(ny.notes[0]?.replace(/\s/g, ' ')).toContain('9:00 – 10:00 AM');
  expect(ny.notes[0]).toContain('Europe/Berlin');
  expect(whenOf(got, 'Europe/Paris').notes).toEqual([]);
  const floating = read(['UID:1', 'DTSTART:20250310T090000']);
  expect(whenOf(floating, 'Asia/Tokyo').text).toContain('9:00');
  const odd = read(['UID:1', 'DTSTART;TZID=Nowhere At All:20250310T090000']);
  expect(whenOf(odd).notes[0]).toContain('Nowhere At All');
  expect(whenOf(read(['UID:1', 'DTSTART:garbage'])).text).toBe('No time is given');
});

test('rules in words', () => {
  const words = (rule: string): string => ruleText(read([...BASE, `RRULE:${rule}`]).rule ?? {});
  expect(words('FREQ=DAILY')).toBe('Every day');
  expect(words('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE')).toBe('Every 2 weeks on Monday and Wednesday');
  expect(words('FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=10')).toBe(
    'Every week on Monday to Friday, 10 times',
  );
  expect(words('FREQ=MONTHLY;COUNT=12;BYDAY=MO;BYSETPOS=2')).toBe(
    'Every month on the second Monday, 12 times',
  );
  expect(words('FREQ=MONTHLY;BYDAY=-1FR')).toBe('Every month on the last Friday');
  expect(words('FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20260301')).toBe(
    'Every month on day 15, until March 1, 2026',
  );
  expect(words('FREQ=YEARLY;BYMONTH=11;BYDAY=4TH')).toBe(
    'Every year on the fourth Thursday in November',
  );
  expect(words('FREQ=YEARLY;BYDAY=20MO')).toMatch(/^Repeats by a rule/);
  expect(words('FREQ=HOURLY')).toMatch(/^Repeats by a rule/);
});
