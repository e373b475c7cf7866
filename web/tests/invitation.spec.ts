import { test as plain } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessible, expect, person, picture, pictures2, row, signIn, test } from './lib/page';
import { deliverRaw } from './lib/server';

const LONG_MS = 60_000;

interface Asked {
  subject: string;
  from?: string;
  method?: string;
  more?: string[];
  head?: string[];
}

/** An invitation as Outlook sends them: in the time zone's Windows name, with its rules. */
function invite(
  name: string,
  { subject, from, method = 'REQUEST', more = [], head = [] }: Asked,
): void {
  const { address } = person(name);
  const sender = from ?? person('luis').address;
  const lines = [
    'BEGIN:VCALENDAR',
    'PRODID:Microsoft Exchange Server 2010',
    'VERSION:2.0',
    `METHOD:${method}`,
    'BEGIN:VEVENT',
    `UID:${subject.replace(/\W/g, '')}@e2e.example`,
    `ORGANIZER;CN=Luis Ortega:mailto:${person('luis').address}`,
    `ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Rae Roe:mailto:${address}`,
    'ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Grace Lind:mailto:grace@e2e.example',
    'ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=DECLINED;CN=Mei Tanaka:mailto:mei@e2e.example',
    'DTSTART;TZID=W. Europe Standard Time:20270310T150000',
    'DTEND;TZID=W. Europe Standard Time:20270310T160000',
    `SUMMARY:${subject}`,
    'LOCATION:Room 4\\, State House',
    'DESCRIPTION:Please bring the figures of the second quarter.',
    'SEQUENCE:1',
    'DTSTAMP:20261120T081527Z',
    ...more,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  const mail = [
    ...head,
    `From: Luis Ortega <${sender}>`,
    `To: ${address}`,
    `Subject: ${subject}`,
    `Date: ${new Date().toUTCString()}`,
    `Message-ID: <${Math.random().toString(36).slice(2)}@test.example>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/alternative; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'An invitation.',
    '--b',
    `Content-Type: text/calendar; charset=utf-8; method=${method}`,
    '',
    ...lines,
    '',
    '--b--',
    '',
  ];
  deliverRaw(name, mail.join('\n'));
}

test('an invitation is shown and answered by keyboard; the organiser hears of it', async ({
  page,
}) => {
  test.setTimeout(240_000);
  const more = ['RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;COUNT=6'];
  invite('rae', { subject: 'Budget review', more });
  await signIn(page, 'rae');
  await row(page, 'Budget review').click();
  const card = page.getByRole('region', { name: 'Budget review' });
  await expect(card).toContainText('Changed invitation', { timeout: LONG_MS });
  await expect(card).toContainText(/Wednesday, March 10, 2027.*9:00.*10:00\sAM.*Eastern/);
  await expect(card).toContainText(/There: .*3:00.*4:00\sPM .*Europe\/Berlin/);
  await expect(card).toContainText('Every 2 weeks on Wednesday, 6 times');
  await expect(card).toContainText('Room 4, State House');
  await expect(card).toContainText('1 accepted, 1 declined, 1 have not answered');
  await expect(card).toContainText('Will you come?');
  await expect(page.getByRole('article').getByText(/attachment/)).toHaveCount(0);
  await accessible(page);
  await pictures2(page, 'invitation');

  await card.getByRole('button', { name: 'Add a comment' }).press('Enter');
  await card.getByLabel('Comment to the organiser').fill('I come a little later; sorry');
  await card.getByRole('button', { name: 'Accept' }).focus();
  await page.keyboard.press('Enter');
  await expect(card).toContainText('You have accepted.', { timeout: LONG_MS });
  await expect(page.getByText('Your answer was sent.')).toBeVisible();
  await accessible(page);
  await pictures2(page, 'invitation-answered');

  await page.context().clearCookies();
  await signIn(page, 'luis');
  await expect(row(page, 'Accepted: Budget review')).toBeVisible({ timeout: LONG_MS });
  await row(page, 'Accepted: Budget review').click();
  const said = page.getByRole('region', { name: 'Budget review' });
  await expect(said).toContainText(/has accepted\./);
  await expect(said).toContainText('I come a little later; sorry');
  await expect(said).not.toContainText('Be careful');
  await expect(said.getByRole('button', { name: 'Accept' })).toHaveCount(0);
  await page.getByRole('button', { name: 'More actions' }).last().click();
  await page.getByRole('menuitem', { name: 'Show original source' }).click();
  const source = page.getByRole('dialog');
  await expect(source).toContainText(/Content-Type: text\/calendar;[^]*method=REPLY/);
  await expect(source).toContainText('PARTSTAT=ACCEPTED');
  await pictures2(page, 'invitation-reply');

  await page.context().clearCookies();
  await signIn(page, 'rae');
  await row(page, 'Budget review').click();
  await expect(card).toContainText('You have accepted.', { timeout: LONG_MS });
});

test('an answer is taken back', async ({ page }) => {
  test.setTimeout(120_000);
  invite('rae', { subject: 'Taken back' });
  await signIn(page, 'rae');
  await row(page, 'Taken back').click();
  const card = page.getByRole('region', { name: 'Taken back' });
  await card.getByRole('button', { name: 'Decline' }).click();
  await expect(card).toContainText('You have declined.', { timeout: LONG_MS });
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('Your answer was taken back.')).toBeVisible({ timeout: LONG_MS });
  await expect(card).toContainText('Will you come?');
});

test('what is called off, what is forged, and a phone', async ({ page }) => {
  test.setTimeout(120_000);
  invite('rae', { subject: 'Site visit', method: 'CANCEL', more: ['STATUS:CANCELLED'] });
  const head = [
    'Authentication-Results: mail.e2e.example; dmarc=fail header.from=e2e.example',
    'Received: from x.example by mail.e2e.example with ESMTPS; Sun, 22 Nov 2026 10:00:07 Z',
  ];
  invite('rae', { subject: 'Forged', from: 'mallory@x.example', head });
  await signIn(page, 'rae');
  await row(page, 'Site visit').click();
  const off = page.getByRole('region', { name: 'Site visit' });
  await expect(off).toContainText('The organiser has called this off.', { timeout: LONG_MS });
  await expect(off.getByRole('button', { name: 'Accept' })).toHaveCount(0);
  await pictures2(page, 'invitation-cancelled');
  await row(page, 'Forged').click();
  const forged = page.getByRole('region', { name: 'Forged' });
  await expect(forged).toContainText('but mallory@x.example sent the message');
  await expect(forged).toContainText('It could not be confirmed who sent this invitation.');
  await accessible(page);
  await pictures2(page, 'invitation-forged');
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(forged).toBeVisible();
  await accessible(page);
  await picture(page, 'invitation-phone');
});

const here = dirname(fileURLToPath(import.meta.url));
const corpora = process.env['POSTROAD_CORPORA'] ?? join(here, '../../../shared/corpora');

/** Real messages and those of the test collection that have calendars. */
function realOnes(folder: string): string[] {
  const packed = ['calendars-contacts/imip-real-1', 'mail-made/made-1'];
  for (const name of packed)
    execFileSync('tar', [
      '-I',
      'zstd -d --long=27',
      '-xf',
      join(corpora, `${name}.tar.zst`),
      '-C',
      folder,
    ]);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.eml') && !/limits|malformed/.test(name))
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .filter((text) => /^content-type: text\/calendar/im.test(text));
}

// The markup of real mail makes the browser complain of styles that it does not apply.
plain('real invitations are shown', async ({ page }) => {
  plain.skip(!existsSync(join(corpora, 'MANIFEST.md')), 'SKIP: there are no corpora');
  plain.setTimeout(280_000);
  const folder = mkdtempSync(join(tmpdir(), 'invitations-'));
  const all = realOnes(folder);
  rmSync(folder, { recursive: true });
  expect(all.length).toBeGreaterThan(15);
  all.forEach((text, i) => {
    const single = text.replace(
      /^(?:references|in-reply-to|message-id):.*\r?\n(?:[ \t].*\r?\n)*/gim,
      '',
    );
    deliverRaw(
      'rae',
      single.replace(/^subject:.*\r?\n(?:[ \t].*\r?\n)*/im, `Subject: Real-${i}-\n`),
    );
  });
  const uncaught: string[] = [];
  page.on('pageerror', (error) => uncaught.push(error.message));
  await signIn(page, 'rae');
  for (let i = all.length - 1; i >= 0; i--) {
    await row(page, `Real-${i}-`).click();
    const cards = page.getByRole('article').getByRole('region');
    await expect(cards.first(), String(i)).toContainText(/\d{4}/, { timeout: LONG_MS });
  }
  await accessible(page);
  expect(uncaught).toEqual([]);
  await pictures2(page, 'invitation-real');
});
