import { accessible, expect, picture, pictures2, row, signIn, test, type Page } from './lib/page';
import { deliver } from './lib/server';

const NOBODY_OPENS = 'Select a message to read it';

async function unread(page: Page, folder: string): Promise<string | null> {
  const open = page.getByRole('navigation').getByRole('button', { name: new RegExp(`^${folder}`) });
  return (await open.textContent())?.match(/\d+/)?.[0] ?? null;
}

function toast(page: Page, text: string): ReturnType<Page['getByText']> {
  return page.getByRole('status').getByText(text, { exact: true });
}

async function open(page: Page, folder: string): Promise<void> {
  const tree = page.getByRole('navigation');
  await tree.getByRole('button', { name: new RegExp(`^${folder}`) }).click();
  await expect(page.getByRole('heading', { name: folder, level: 1 })).toBeVisible();
}

test('delete, and undo; nothing opens by itself (P13)', async ({ page }) => {
  await signIn(page, 'kim');
  await row(page, 'Budget draft').click();
  await expect(page.getByRole('article')).toBeVisible();
  await page.getByRole('article').getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(row(page, 'Budget draft')).toHaveCount(0);
  await expect(page.getByText(NOBODY_OPENS)).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(0);
  await expect(page.getByRole('grid')).toBeFocused();
  await picture(page, 'undo');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row(page, 'Budget draft')).toBeVisible();
  await expect(page.getByText(NOBODY_OPENS)).toBeVisible();
});

test('an unknown sender is deleted without being opened (P12)', async ({ page }) => {
  await signIn(page, 'kim');
  const stranger = row(page, 'You have been selected');
  await stranger.hover(); // and so on the screen, whatever others have written to her
  await expect(stranger).toContainText('Unknown sender');
  await stranger.getByRole('button', { name: 'Delete' }).click();
  await expect(stranger).toHaveCount(0);
  await expect(page.getByRole('article')).toHaveCount(0);
  await open(page, 'Trash');
  await expect(row(page, 'You have been selected')).toBeVisible();
});

test('archive, junk and not junk', async ({ page }) => {
  await signIn(page, 'kim');
  await row(page, 'request 4711').click();
  await page.getByRole('article').getByRole('button', { name: 'Archive' }).click();
  await expect(row(page, 'request 4711')).toHaveCount(0);
  await row(page, 'Retention schedule').click();
  await page.getByRole('article').getByRole('button', { name: 'Junk' }).click();
  await expect(toast(page, 'Moved to junk')).toBeVisible();
  await open(page, 'Archive');
  await expect(row(page, 'request 4711')).toBeVisible();
  await open(page, 'Junk');
  await row(page, 'Retention schedule').click();
  await page.getByRole('article').getByRole('button', { name: 'Not junk' }).click();
  await open(page, 'Inbox');
  await expect(row(page, 'Retention schedule')).toBeVisible();
});

test('select many, flag, mark as read, label', async ({ page }) => {
  await signIn(page, 'kim');
  await row(page, 'Bridge inspection').getByRole('checkbox').click();
  await row(page, 'Budget draft').getByRole('checkbox').click();
  await expect(page.getByText('2 selected')).toBeVisible();
  await picture(page, 'selected');
  const list = page.getByRole('region', { name: 'Messages' });
  const before = Number(await unread(page, 'Inbox'));
  await list.getByRole('button', { name: 'Mark as read' }).first().click();
  await expect.poll(() => unread(page, 'Inbox')).toBe(String(before - 2));
  await list.getByRole('button', { name: 'Label' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Work' }).click();
  await expect(row(page, 'Budget draft')).toContainText('Work');
  await list.locator('header').getByRole('button', { name: 'Flag' }).click();
  await expect(row(page, 'Bridge inspection').getByTitle('Flagged')).toBeVisible();
  await accessible(page);
  await page.reload();
  await expect(row(page, 'Bridge inspection').getByTitle('Flagged')).toBeVisible();
  await expect(row(page, 'Bridge inspection')).toContainText('Work');
  await page.getByRole('navigation').getByRole('button', { name: 'Work', exact: true }).click();
  await expect(page.getByText('2 results')).toBeVisible();
});

test('drag to a folder', async ({ page }) => {
  await signIn(page, 'kim');
  const archive = page.getByRole('navigation').getByRole('button', { name: /^Archive/ });
  await row(page, 'Minutes of the staff').dragTo(archive);
  await expect(row(page, 'Minutes of the staff')).toHaveCount(0);
  await expect(toast(page, 'Moved to Archive')).toBeVisible();
});

test('what is pinned comes first', async ({ page }) => {
  await signIn(page, 'pat');
  await row(page, 'Retention schedule').click();
  await page.getByRole('article').getByRole('button', { name: 'Pin', exact: true }).click();
  await expect(page.getByRole('row').first()).toContainText('Retention schedule');
});

test('new mail comes by itself, and the list stays where it is', async ({ page }) => {
  await signIn(page, 'pat');
  await row(page, 'Lunch on Thursday').click();
  await expect(page.getByRole('article')).toBeVisible();
  deliver('pat', { from: 'Ann Lee <ann@e2e.example>', subject: 'Only just sent', text: 'Hello' });
  await expect(row(page, 'Only just sent')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('article', { name: /Lunch/ })).toBeVisible();
});

test('search: words and filters', async ({ page }) => {
  await signIn(page, 'jane');
  const box = page.getByRole('combobox', { name: 'Search mail' });
  await box.fill('minutes');
  await box.press('Enter');
  await expect(page.getByText('1 result', { exact: true })).toBeVisible();
  await expect(row(page, 'Minutes of')).toBeVisible();
  await expect(row(page, 'Minutes of').locator('mark').first()).toHaveText('Minutes');
  await pictures2(page, 'search');
  await page.getByRole('button', { name: 'Search options' }).click();
  await page.getByLabel('From', { exact: true }).fill('grace');
  await picture(page, 'search-options');
  await accessible(page);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByText('Nothing was found.')).toBeVisible();
  await box.fill('from:grace');
  await box.press('Enter');
  await expect(row(page, 'Budget draft')).toBeVisible();
});

test('search: without, one or the other, and several states at once', async ({ page }) => {
  const send = (subject: string, text: string) =>
    deliver('gus', { from: 'Ann Lee <ann@e2e.example>', subject, text });
  send('Quarry report', 'Granite of the north.');
  send('Quarry visit', 'Slate of the south.');
  send('Harbour report', 'Boats.');
  await signIn(page, 'gus');
  const box = page.getByRole('combobox', { name: 'Search mail' });
  const find = async (words: string, count: number): Promise<void> => {
    await box.fill(words);
    await box.press('Enter');
    const told = count === 1 ? '1 result' : `${count} results`;
    await expect(page.getByText(told, { exact: true })).toBeVisible();
  };
  await find('subject:quarry', 2);
  await find('subject:quarry -granite', 1);
  await expect(row(page, 'Quarry visit')).toBeVisible();
  await find('subject:quarry OR subject:harbour', 3);
  await find('subject:quarry OR subject:harbour -slate', 2);
  await box.fill('subject:quarry -from:ann');
  await box.press('Enter');
  await expect(page.getByText('Nothing was found.')).toBeVisible();

  await find('subject:quarry', 2);
  await row(page, 'Quarry report').hover();
  await row(page, 'Quarry report').getByRole('button', { name: 'Flag' }).click();
  await expect(row(page, 'Quarry report').getByTitle('Flagged')).toBeVisible();
  await page.getByRole('button', { name: 'Search options' }).click();
  await page.getByRole('checkbox', { name: 'Unread' }).check();
  await page.getByRole('checkbox', { name: 'Flagged' }).check();
  await expect(page.getByRole('checkbox', { name: 'Unread' })).toBeChecked();
  await expect(box).toHaveValue('subject:quarry is:unread is:flagged');
  await page.getByLabel('Without the words').fill('slate');
  await accessible(page);
  await pictures2(page, 'search-without');
  await page.getByLabel('Without the words').press('Enter');
  await expect(page.getByText('1 result', { exact: true })).toBeVisible();
  await expect(row(page, 'Quarry report')).toBeVisible();
  await expect(box).toHaveValue('subject:quarry is:unread is:flagged -slate');
});
