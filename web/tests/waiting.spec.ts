/** Mail that leaves later, signatures, and drafts on two devices: eva. */
import type { Browser } from '@playwright/test';
import { call } from './lib/jmap';
import {
  accessible,
  expect,
  person,
  picture,
  pictures2,
  row,
  signIn,
  test,
  type Page,
} from './lib/page';
import { cli } from './lib/server';

const MAIL = 'urn:ietf:params:jmap:mail';
const SUBMISSION = 'urn:ietf:params:jmap:submission';
const body = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const tree = (page: Page) => page.getByRole('navigation', { name: 'Folders' });
const waiting = (page: Page, subject: string) =>
  page.getByRole('listitem').filter({ hasText: subject });

async function openFolder(page: Page, name: string): Promise<void> {
  await tree(page)
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .first()
    .click();
}

async function write(page: Page, subject: string, text: string): Promise<void> {
  await page.getByRole('button', { name: 'New message' }).first().click();
  const to = page.getByRole('combobox', { name: 'To' });
  await to.fill(person('luis').address);
  await to.press('Enter');
  await page.getByLabel('Subject').fill(subject);
  await body(page).click();
  await page.keyboard.type(text);
}

async function later(page: Page, offer: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Send later' }).click();
  await page.getByRole('button', { name: offer }).click();
  await expect(page.getByText('The message will be sent')).toBeVisible();
}

/** Another device: a browser of its own, signed in. */
async function device(browser: Browser, page: Page): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const other = await context.newPage();
  await other.goto(page.url().replace(/#.*/, ''));
  await signIn(other, 'eva');
  await expect(row(other, 'Budget draft')).toBeVisible();
  return other;
}

test('what is sent later waits where it is seen, and not in Sent', async ({ page }) => {
  await signIn(page, 'eva');
  await write(page, 'Not before tomorrow', 'Good morning.');
  await later(page, /Tomorrow morning/);
  await openFolder(page, 'Sent');
  await expect(page.getByText('Nothing here')).toBeVisible();
  await openFolder(page, 'Scheduled one message');
  const one = waiting(page, 'Not before tomorrow');
  await expect(one).toContainText(/Leaves .*8:00/);
  await accessible(page);
  await pictures2(page, 'scheduled');
  await page.setViewportSize({ width: 390, height: 800 });
  await pictures2(page, 'scheduled-phone');
  await page.setViewportSize({ width: 1360, height: 860 });
  // Another hour, by keyboard alone.
  const before = await one.locator('time').getAttribute('datetime');
  await one.getByRole('button', { name: /^Change the time/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Send later' })).toBeVisible();
  await picture(page, 'scheduled-change');
  await page.getByLabel('Send at').focus();
  await page.getByLabel('Send at').fill(inDays(3));
  await page.keyboard.press('Enter');
  await expect(one.locator('time')).not.toHaveAttribute('datetime', before ?? '');
  await expect(one).toContainText(/Leaves .*9:30/);
  // Taken back, it is a draft again, and open.
  await one.getByRole('button', { name: /^Cancel and edit/ }).click();
  await expect(body(page)).toContainText('Good morning.');
  await expect(page.getByText('No message waits to be sent.')).toBeVisible();
  await page.keyboard.press('Escape');
  await openFolder(page, 'Drafts');
  await expect(row(page, 'Not before tomorrow')).toBeVisible();
  await row(page, 'Not before tomorrow').click();
  await page.getByRole('button', { name: 'Continue the draft' }).click();
  await later(page, /Tomorrow morning/);
  await openFolder(page, 'Scheduled one message');
  await one.getByRole('button', { name: /^Send now/ }).click();
  await expect(page.getByText('The message is sent.')).toBeVisible();
  await expect(page.getByText('No message waits to be sent.')).toBeVisible();
  await openFolder(page, 'Sent');
  await expect(row(page, 'Not before tomorrow')).toHaveCount(1);
});

/** As a field for date and time has it: half past nine of that day in the zone of the tests. */
function inDays(days: number): string {
  const zone = { timeZone: 'America/New_York' };
  const day = new Date(Date.now() + days * 24 * 3600_000).toLocaleDateString('sv-SE', zone);
  return `${day}T09:30`;
}

test('sending later can be undone at once', async ({ page }) => {
  await signIn(page, 'eva');
  await write(page, 'Perhaps tomorrow', 'Or not.');
  await later(page, /Tomorrow morning/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(body(page)).toContainText('Or not.');
  await expect(tree(page).getByRole('button', { name: 'Scheduled', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Discard draft' }).click();
});

test('when its time has come it leaves, and moves to Sent', async ({ page }) => {
  await signIn(page, 'eva');
  await expect(row(page, 'Budget draft')).toBeVisible();
  const boxes = await call(page, 'Mailbox/get', MAIL, { properties: ['role'] });
  const { list } = boxes as { list: { id: string; role: string | null }[] };
  const role = (name: string): string => list.find((m) => m.role === name)?.id ?? '';
  const from = person('eva').address;
  const letter = {
    mailboxIds: { [role('scheduled')]: true },
    keywords: { $seen: true },
    from: [{ name: null, email: from }],
    to: [{ name: null, email: person('luis').address }],
    subject: 'In half a minute',
    bodyValues: { t: { value: 'Now.\n' } },
    textBody: [{ partId: 't', type: 'text/plain' }],
  };
  const made = await call(page, 'Email/set', MAIL, { create: { m: letter } });
  const emailId = (made as { created: { m: { id: string } } }).created.m.id;
  const people = await call(page, 'Identity/get', SUBMISSION, {});
  const identityId = (people as { list: { id: string }[] }).list[0]?.id;
  const envelope = {
    mailFrom: { email: from, parameters: { HOLDFOR: '30' } },
    rcptTo: [{ email: person('luis').address, parameters: null }],
  };
  const create = { s: { identityId, emailId, envelope } };
  const sent = await call(page, 'EmailSubmission/set', SUBMISSION, { create });
  expect(sent['created']).not.toBeNull();
  await openFolder(page, 'Scheduled');
  await expect(waiting(page, 'In half a minute')).toBeVisible();
  await expect(page.getByText('No message waits to be sent.')).toBeVisible({ timeout: 120_000 });
  await openFolder(page, 'Sent');
  await expect(row(page, 'In half a minute')).toBeVisible();
});

test('another identity has its own signature, and the text stays', async ({ page }) => {
  cli(['sendas', 'grant', 'roofs@e2e.example', person('eva').address]);
  await signIn(page, 'eva');
  await expect(row(page, 'Budget draft')).toBeVisible();
  const people = await call(page, 'Identity/get', SUBMISSION, {});
  const { list } = people as { list: { id: string; email: string }[] };
  const update = Object.fromEntries(
    list.map((i) => [
      i.id,
      i.email.startsWith('roofs')
        ? { textSignature: 'The roof team', htmlSignature: '<b>The roof team</b>' }
        : { textSignature: 'Eva Roe\nHealth', htmlSignature: '' },
    ]),
  );
  await call(page, 'Identity/set', SUBMISSION, { update });
  await write(page, 'Who writes', ' P.S. soon');
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('Words of mine: $& and <b>.');
  await expect(body(page)).toContainText('Health');
  const from = page.getByLabel('From', { exact: true });
  const team = (await from.locator('option').allTextContents()).find((o) => o.includes('roofs@'));
  const own = (await from.locator('option').allTextContents()).find((o) => o.includes('eva@'));
  await from.selectOption({ label: team ?? '' });
  await expect(body(page)).toContainText('Words of mine: $& and <b>.');
  await expect(body(page)).toContainText('P.S. soon'); // written right behind the other one
  await expect(body(page).locator('b')).toHaveText('The roof team');
  await expect(body(page)).not.toContainText('Health');
  await page.getByRole('button', { name: 'Plain text' }).click();
  await from.selectOption({ label: own ?? '' });
  await expect(body(page)).toHaveValue(
    /of mine: \$& and <b>\.[^]*\n-- \nEva Roe\nHealth\s*P\.S\. soon\s*$/,
  );
  await expect(body(page)).not.toHaveValue(/roof team/);
  await page.getByRole('button', { name: 'Rich text' }).click();
  await from.selectOption({ label: team ?? '' });
  await expect(body(page)).toContainText('Words of mine: $& and <b>.');
  await expect(body(page)).toContainText('The roof team');
  await expect(body(page)).not.toContainText('Health');
  await page.getByRole('button', { name: 'Discard draft' }).click();
  const bare = Object.fromEntries(
    list.map((i) => [i.id, { textSignature: '', htmlSignature: '' }]),
  );
  await call(page, 'Identity/set', SUBMISSION, { update: bare });
});

test('the countdown ends: what was sent has gone', async ({ page }) => {
  await signIn(page, 'eva');
  await write(page, 'Gone for good', 'Farewell.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(page.getByText('The message is sent.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0); // no offer for ever
  await expect
    .poll(async () => {
      const found = await call(page, 'EmailSubmission/query', SUBMISSION, {
        filter: { undoStatus: 'pending' },
      });
      return found['ids'];
    })
    .toEqual([]);
});

test('a receipt is asked for', async ({ page }) => {
  await signIn(page, 'eva');
  await write(page, 'Please confirm', 'Did you see it?');
  const ask = page.getByRole('button', { name: /receipt/i });
  await ask.click();
  await expect(ask).toHaveAttribute('aria-pressed', 'true');
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();
  await openFolder(page, 'Sent');
  await row(page, 'Please confirm').click();
  await page.getByRole('article').getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Show original source' }).click();
  await expect(page.getByRole('dialog')).toContainText(
    new RegExp(`Disposition-Notification-To: .*${person('eva').address}`),
  );
});

test('a draft of one device is found on another, and what both write is kept', async ({
  page,
  browser,
}) => {
  test.setTimeout(300_000);
  await signIn(page, 'eva');
  await write(page, 'On two devices', 'Begun at the desk.');
  await expect(page.getByText('Draft saved')).toBeVisible();
  const phone = await device(browser, page);
  await openFolder(phone, 'Drafts');
  await row(phone, 'On two devices').click();
  await phone.getByRole('button', { name: 'Continue the draft' }).click();
  await expect(body(phone)).toContainText('Begun at the desk.');
  await body(phone).click();
  await phone.keyboard.type('Phone. ');
  await expect(phone.getByText('Draft saved')).toBeVisible();
  await body(page).click();
  await page.keyboard.type(' Desk.');
  await expect(page.getByText('changed on another device')).toBeVisible();
  await expect(page.getByText('Draft saved')).toBeVisible();
  await page.keyboard.press('Escape');
  await phone.keyboard.press('Escape');
  await openFolder(page, 'Drafts');
  await expect(row(page, 'On two devices')).toHaveCount(2);
  await expect(row(page, 'Phone\\.')).toHaveCount(1);
  await expect(row(page, 'Desk\\.')).toHaveCount(1);
  // Sent here while it is written on there: what was written there is not lost, and that is told.
  await row(page, 'Desk\\.').click();
  await page.getByRole('button', { name: 'Continue the draft' }).click();
  await expect(body(page)).toContainText('Desk.');
  await openFolder(phone, 'Drafts');
  await row(phone, 'Desk\\.').click();
  await phone.getByRole('button', { name: 'Continue the draft' }).click();
  await body(phone).click();
  await phone.keyboard.type('Late. ');
  await expect(phone.getByText('Draft saved')).toBeVisible();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(page.getByText('What was written there is among the drafts')).toBeVisible();
  await phone.keyboard.press('Escape');
  await expect(row(page, 'Late\\.')).toBeVisible();
  await phone.context().close();
});
