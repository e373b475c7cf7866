import { accessible, expect, person, pictures2, row, signIn, test, type Page } from './lib/page';
import { cli, deliver } from './lib/server';

const LONG = { timeout: 90_000 };

const tree = (page: Page) => page.getByRole('navigation', { name: 'Folders' });
const item = (page: Page, name: string | RegExp) => page.getByRole('menuitem', { name });
const told = (page: Page, words: string | RegExp) =>
  page.getByRole('status').getByText(words, { exact: true });
const folder = (page: Page, name: string) =>
  tree(page).getByRole('button', { name: new RegExp(`^${name}( \\d+ unread)?$`) });

async function undo(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(told(page, /^Undone/).last()).toBeVisible(LONG);
}

/** Of a folder's, a label's or a search's menu, by the keyboard. */
async function job(page: Page, name: string, words: string): Promise<void> {
  await tree(page)
    .getByRole('button', { name: `What to do with ${name}` })
    .focus();
  await page.keyboard.press('Enter');
  await item(page, words).press('Enter');
}

async function make(page: Page, name: string): Promise<void> {
  await tree(page).getByRole('button', { name: 'New folder' }).click();
  await page.getByLabel('Name of the folder').fill(name);
  await page.keyboard.press('Enter');
  await expect(folder(page, name)).toBeVisible();
}

function letter(to: string, mailbox: string, subject: string): void {
  const head = [
    'From: Ann Lee <ann@e2e.example>',
    `To: ${to}`,
    `Subject: ${subject}`,
    `Message-ID: <${Math.random().toString(36).slice(2)}@test.example>`,
  ];
  cli(['message', 'put', to, mailbox], `${head.join('\r\n')}\r\n\r\n${subject}.\r\n`);
}

test('messages go to another account, are copied there, and come back', async ({ page }) => {
  test.setTimeout(300_000);
  const desk = person('joy').address.replace('joy', 'depot');
  const board = person('joy').address.replace('joy', 'wall');
  letter(desk, 'INBOX', 'Keys for the archive');
  letter(board, 'News', 'The lift is mended');
  await signIn(page, 'joy');
  const keys = row(page, 'Keys for the archive');
  const own = folder(page, 'Archive').first();
  const desks = folder(page, 'Inbox').nth(1);
  await desks.click();
  await keys.click({ button: 'right' });
  await item(page, /^Move to/).click();
  await expect(item(page, /^Archive \(/)).toBeVisible();
  await accessible(page);
  await pictures2(page, 'move-across');
  await item(page, /^Archive \(/).click();
  await expect(told(page, /^Moved to Archive of/)).toBeVisible(LONG);
  await expect(keys).toHaveCount(0);
  await own.click();
  await expect(keys).toBeVisible(LONG);
  await undo(page);
  await expect(keys).toHaveCount(0, LONG);
  await desks.click();
  await expect(keys).toBeVisible(LONG);

  await keys.click({ button: 'right' });
  await item(page, 'Copy to').click();
  await item(page, /^Archive \(/).click();
  await expect(told(page, 'Copied to Archive')).toBeVisible(LONG);
  await expect(keys).toBeVisible();
  await own.click();
  await expect(keys).toBeVisible(LONG);
  await undo(page);
  await expect(keys).toHaveCount(0, LONG);

  // By the mouse: moved, and copied from where nothing may be taken.
  await desks.click();
  await keys.dragTo(own);
  await expect(told(page, /^Moved to Archive of/)).toBeVisible(LONG);
  await expect(keys).toHaveCount(0);
  await folder(page, 'News').click();
  const lift = row(page, 'The lift is mended');
  await lift.dragTo(own);
  await expect(told(page, 'Copied to Archive')).toBeVisible(LONG);
  await expect(lift).toBeVisible();
  await own.click();
  await expect(keys).toBeVisible(LONG);
  await expect(lift).toBeVisible();
});

test('a folder is moved below another, renamed, deleted, and each time put back', async ({
  page,
}) => {
  test.setTimeout(300_000);
  await signIn(page, 'gus');
  await make(page, 'Rivers');
  await make(page, 'Waters');
  const inside = tree(page).getByRole('list').getByRole('list').getByRole('button', {
    name: 'Rivers',
    exact: true,
  });
  await job(page, 'Rivers', 'Move folder');
  await page.getByLabel('Below').selectOption('Waters');
  await accessible(page);
  await pictures2(page, 'folder-move');
  await page.getByRole('dialog').getByRole('button', { name: 'Move folder' }).press('Enter');
  await expect(inside).toBeVisible();
  await undo(page);
  await expect(inside).toHaveCount(0);
  await folder(page, 'Rivers').dragTo(folder(page, 'Waters'));
  await expect(inside).toBeVisible(LONG);
  await expect(told(page, 'Folder Rivers moved').last()).toBeVisible();

  await job(page, 'Rivers', 'Rename');
  await page.getByLabel('Name of the folder').fill('Streams');
  await page.keyboard.press('Enter');
  await expect(folder(page, 'Streams')).toBeVisible();
  await undo(page);
  await expect(inside).toBeVisible();

  letter(person('gus').address, 'Waters/Rivers', 'High water');
  await inside.or(folder(page, 'Rivers')).first().click();
  await expect(row(page, 'High water')).toBeVisible(LONG);
  await job(page, 'Rivers', 'Delete folder');
  await expect(page.getByText(/^Delete Rivers with/)).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete folder' }).click();
  await expect(folder(page, 'Rivers')).toHaveCount(0);
  await undo(page);
  await folder(page, 'Rivers').click();
  await expect(row(page, 'High water')).toBeVisible(LONG);
});

test('a label in any script is made, changed, removed and put back', async ({ page }) => {
  test.setTimeout(300_000);
  deliver('gus', { from: 'Ann Lee <ann@e2e.example>', subject: 'To be labelled' });
  await signIn(page, 'gus');
  const mail = row(page, 'To be labelled');
  await mail.click({ button: 'right' });
  await item(page, /^Label/).click();
  await item(page, 'New label…').click();
  await page.getByRole('textbox', { name: 'New label' }).fill('重要');
  await page.keyboard.press('Enter');
  await expect(mail).toContainText('重要');
  await page.waitForLoadState('networkidle'); // the server has it, too
  await page.reload();
  await expect(mail).toContainText('重要');

  await job(page, '重要', 'Change label');
  await page.getByRole('textbox', { name: 'Name of the label' }).fill('Спешно');
  await page.getByRole('radio', { name: 'Green' }).check();
  await accessible(page);
  await pictures2(page, 'label-change');
  await page.keyboard.press('Enter');
  await expect(mail).toContainText('Спешно');
  await expect(mail.locator('.label-green')).toBeVisible();
  await undo(page);
  await expect(mail).toContainText('重要');
  await expect(mail.locator('.label-green')).toHaveCount(0);

  await job(page, '重要', 'Remove label');
  await accessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Remove label' }).click();
  await expect(told(page, 'Label 重要 removed, also from 1 message')).toBeVisible(LONG);
  await expect(tree(page).getByRole('button', { name: '重要', exact: true })).toHaveCount(0);
  await expect(mail).not.toContainText('重要');
  await undo(page);
  await expect(mail).toContainText('重要', LONG);
  await tree(page).getByRole('button', { name: '重要', exact: true }).click();
  await expect(page.getByText('1 result', { exact: true })).toBeVisible(LONG);
});

test('a saved search and a rule are removed and put back', async ({ page }) => {
  test.setTimeout(300_000);
  await signIn(page, 'gus');
  const box = page.getByRole('combobox', { name: 'Search mail' });
  await box.fill('subject:lunch');
  await box.press('Enter');
  await page.getByRole('button', { name: 'Keep this search' }).click();
  const saved = tree(page).getByRole('button', { name: 'subject:lunch', exact: true });
  await expect(saved).toBeVisible();
  await job(page, 'subject:lunch', 'Remove this search');
  await expect(saved).toHaveCount(0);
  await undo(page);
  await expect(saved).toBeVisible();

  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Rules', exact: true }).click();
  await dialog.getByRole('button', { name: 'New rule' }).click();
  await page.getByLabel('Name of the rule').fill('Bridges to archive');
  await page.getByLabel('What is looked at').selectOption('Subject');
  await page.getByLabel('Text', { exact: true }).fill('bridge');
  await page.getByLabel('Folder', { exact: true }).selectOption('Archive');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const rule = dialog.getByRole('switch', { name: 'Bridges to archive' });
  await expect(rule).toBeVisible(LONG);
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(rule).toHaveCount(0, LONG);
  await accessible(page);
  await dialog.getByRole('button', { name: 'Undo' }).click();
  await expect(rule).toBeVisible(LONG);
  await page.reload();
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await dialog.getByRole('button', { name: 'Rules', exact: true }).click();
  await expect(rule).toBeVisible(LONG);
});
