import { accessible, expect, person, pictures2, row, signIn, test, type Page } from './lib/page';
import { readByPython, rawOf } from './lib/raw';
import { deliver } from './lib/server';

const WHO = 'ivo';
const field = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true });
const body = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const item = (page: Page, name: string | RegExp) => page.getByRole('menuitem', { name });

function send(subject: string, from = 'Ann Lee <ann@far.example>'): void {
  deliver(WHO, { from, subject, text: `This is ${subject}.`, headers: 'X-Odd: kept as it is' });
}

async function to(page: Page, name: string, address: string): Promise<void> {
  await field(page, name).fill(address);
  await field(page, name).press('Enter');
}

async function sent(page: Page): Promise<void> {
  await expect(page.getByText('The message is sent.').last()).toBeVisible();
  await expect(body(page)).toHaveCount(0);
}

test('one message is passed on as it is', async ({ page }) => {
  send('Permit 12/b');
  await signIn(page, WHO);
  await row(page, 'Permit 12/b').click();
  await page.getByRole('article').getByRole('button', { name: 'More actions' }).click();
  await item(page, 'Forward as attachment').click();
  await expect(page.getByLabel('Subject')).toHaveValue('Fwd: Permit 12/b');
  await expect(page.getByRole('button', { name: 'Remove Permit 12 b.eml' })).toBeVisible();
  await to(page, 'To', person('kim').address);
  await accessible(page);
  await pictures2(page, 'forward-attached');
  await body(page).press('Control+Enter');
  await sent(page);
  const { parts, headers, defects } = readByPython(await rawOf(page, 'Fwd: Permit 12/b'));
  expect(defects).toEqual([]);
  expect(headers['in-reply-to']).toBeUndefined();
  const inner = parts.filter((part) => part.type === 'message/rfc822');
  expect(inner).toHaveLength(1);
  expect(inner[0]).toMatchObject({ name: 'Permit 12 b.eml', disposition: 'attachment' });
  const whole = readByPython(Buffer.from(inner[0]!.text));
  expect(whole.headers).toMatchObject({ subject: 'Permit 12/b', 'x-odd': 'kept as it is' });
  expect(whole.parts[0]!.text).toContain('This is Permit 12/b.');
});

test('several are passed on at once, by keys alone', async ({ page }) => {
  const names = ['Site one', 'Site two', 'Site three'];
  for (const name of names) send(name);
  await signIn(page, WHO);
  for (const name of names) await expect(row(page, name)).toBeVisible();
  await page.getByRole('grid').focus();
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press('j');
    await page.keyboard.press('x');
  }
  await page.keyboard.press('.');
  await expect(page.getByRole('menu').getByText('3 selected')).toBeVisible();
  const forward = item(page, 'Forward as attachment');
  await expect(forward).toBeFocused(); // the first of the menu for many
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Subject')).toHaveValue('Fwd: 3 messages');
  for (const name of names)
    await expect(page.getByRole('button', { name: `Remove ${name}.eml` })).toBeVisible();
  await to(page, 'To', person('kim').address);
  await page.getByLabel('Subject').fill('Three sites');
  await body(page).press('Control+Enter');
  await sent(page);
  const { parts } = readByPython(await rawOf(page, 'Three sites'));
  const subjects = parts
    .filter((part) => part.type === 'message/rfc822')
    .map((part) => readByPython(Buffer.from(part.text)).headers['subject']);
  expect(subjects.sort()).toEqual([...names].sort());
});

test('answers go elsewhere: for one message, and for an identity', async ({ page }) => {
  await signIn(page, WHO);
  await expect(row(page, 'Lunch')).toBeVisible();
  const write = async (subject: string): Promise<void> => {
    await page.getByRole('button', { name: 'New message' }).first().click();
    await expect(field(page, 'To')).toBeFocused();
    await to(page, 'To', person('kim').address);
    await page.getByLabel('Subject').fill(subject);
    await body(page).click();
    await page.keyboard.type('Hello.');
  };
  await write('To the team');
  await expect(field(page, 'Replies to')).toHaveCount(0);
  await page.getByRole('button', { name: 'Have answers go elsewhere' }).click();
  await to(page, 'Replies to', 'Team <team@e2e.example>');
  await page.getByRole('button', { name: 'Add Bcc' }).click();
  await page.getByRole('button', { name: 'Add Cc' }).click();
  await accessible(page);
  await pictures2(page, 'compose-fields');
  await page.setViewportSize({ width: 390, height: 800 });
  await pictures2(page, 'compose-fields-phone');
  await page.setViewportSize({ width: 1360, height: 860 });
  // Of a draft it is known again.
  await expect(page.getByText('Draft saved')).toBeVisible();
  await page.keyboard.press('Escape');
  await page
    .getByRole('navigation')
    .getByRole('button', { name: /^Drafts/ })
    .click();
  await row(page, 'To the team').click();
  await page.getByRole('button', { name: 'Continue the draft' }).click();
  await expect(page.getByRole('button', { name: 'Remove Team' })).toBeVisible();
  await body(page).press('Control+Enter');
  await sent(page);
  const first = readByPython(await rawOf(page, 'To the team'));
  expect(first.headers['reply-to']).toBe('Team <team@e2e.example>');

  await page.getByRole('button', { name: 'Account and settings' }).click();
  await item(page, 'Settings').click();
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await settings.getByRole('button', { name: 'Names and signatures' }).click();
  await settings.getByRole('button', { name: 'Edit' }).first().click();
  await settings.getByLabel('Answers go to').fill('office@e2e.example');
  await settings.getByLabel('A hidden copy of each message to').fill('archive@e2e.example');
  await settings.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(settings.getByRole('button', { name: 'Edit' }).first()).toBeVisible();
  await page.keyboard.press('Escape');
  await write('From the office');
  await expect(page.getByRole('button', { name: 'Remove archive@e2e.example' })).toBeVisible();
  await expect(field(page, 'Replies to')).toHaveCount(0); // the identity's own is not asked about
  await page.getByRole('button', { name: 'Remove archive@e2e.example' }).click();
  await body(page).press('Control+Enter');
  await sent(page);
  const second = readByPython(await rawOf(page, 'From the office'));
  expect(second.headers['reply-to']).toBe('office@e2e.example');
  expect(second.headers['bcc']).toBeUndefined();
});
