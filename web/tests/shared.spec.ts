import { accessible, expect, person, picture, pictures2, row, signIn, test } from './lib/page';
import { cli } from './lib/server';

test('shared and public folders stand beside the own, with their counts', async ({ page }) => {
  await signIn(page, 'ola');
  const tree = page.getByRole('navigation', { name: 'Folders' });
  await expect(tree.getByRole('heading', { name: /desk/i })).toBeVisible();
  await tree.getByRole('button', { name: 'Inbox 1 unread' }).click();
  await expect(row(page, 'out of paper')).toBeVisible();
  await accessible(page);
  await pictures2(page, 'shared');
  await row(page, 'out of paper').click();
  await page.getByRole('article').getByRole('button', { name: 'Flag', exact: true }).click();
  await expect(row(page, 'out of paper').getByTitle('Flagged')).toBeVisible();
  await tree.getByRole('button', { name: 'News 1 unread' }).click();
  await row(page, 'canteen opens').click();
  const frame = page.getByRole('article').locator('iframe').contentFrame();
  await expect(frame.getByText('From Monday on.')).toBeVisible();
  // What she may not do there is not offered, and keys say so.
  const article = page.getByRole('article');
  await expect(article.getByRole('button', { name: 'Mark as unread' })).toBeVisible();
  for (const name of ['Archive', 'Delete', 'Junk', 'Flag', 'Pin', 'Move to', 'Label', 'Snooze'])
    await expect(article.getByRole('button', { name, exact: true })).toHaveCount(0);
  await page.keyboard.press('#');
  await expect(page.getByText('You may not do that in this folder.')).toBeVisible();
  await expect(row(page, 'canteen opens')).toBeVisible();
  await row(page, 'canteen opens').click({ button: 'right' });
  await expect(page.getByRole('menu')).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Delete' })).toHaveCount(0);
  await expect(page.getByRole('menuitem', { name: 'Mark as unread' })).toBeVisible();
  await pictures2(page, 'public-menu');
});

test('a search is kept, and found again in the tree', async ({ page }) => {
  await signIn(page, 'ola');
  const box = page.getByRole('combobox', { name: 'Search mail' });
  await box.fill('has:attachment minutes');
  await box.press('Enter');
  await expect(page.getByText('1 result', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Keep this search' }).click();
  await page.reload();
  await page
    .getByRole('navigation')
    .getByRole('button', { name: /^Inbox/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'has:attachment minutes', exact: true }).click();
  await expect(row(page, 'Minutes of the staff')).toBeVisible();
});

test('a folder is made, renamed and deleted', async ({ page }) => {
  await signIn(page, 'ola');
  const tree = page.getByRole('navigation', { name: 'Folders' });
  await tree.getByRole('button', { name: 'New folder' }).click();
  await page.getByLabel('Name of the folder').fill('Bridges');
  await page.getByRole('dialog').getByRole('button', { name: 'New folder' }).click();
  await expect(tree.getByRole('button', { name: 'Bridges', exact: true })).toBeVisible();
  await tree.getByRole('button', { name: 'What to do with Bridges' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByLabel('Name of the folder').fill('Roads');
  await page.keyboard.press('Enter');
  await expect(tree.getByRole('button', { name: 'Roads', exact: true })).toBeVisible();
  await accessible(page);
  await tree.getByRole('button', { name: 'What to do with Roads' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Delete folder' }).click();
  await picture(page, 'folder-delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete folder' }).click();
  await expect(tree.getByRole('button', { name: 'Roads', exact: true })).toHaveCount(0);
});

test('what was read in one mailbox is marked there, also when another is looked at', async ({
  page,
}) => {
  await signIn(page, 'ola');
  const tree = page.getByRole('navigation', { name: 'Folders' });
  const inbox = tree.getByRole('button', { name: /^Inbox \d+ unread/ }).first();
  const before = Number(/\d+/.exec((await inbox.textContent()) ?? '')?.[0]);
  await row(page, 'request 4711').click();
  const frame = page.getByRole('article').locator('iframe').contentFrame();
  await expect(frame.getByText('new drum')).toBeVisible();
  await tree.getByRole('button', { name: /^News/ }).click();
  await expect(row(page, 'canteen opens')).toBeVisible();
  await expect(tree.getByRole('button', { name: `Inbox ${before - 1} unread` })).toBeVisible();
  await expect(page.getByText(/That did not work/)).toHaveCount(0);
});

test('where one may only read, reading changes nothing and complains of nothing', async ({
  page,
}) => {
  const ola = person('ola').address;
  const board = ola.replace('ola', 'board');
  cli(['folder', 'add', board, 'Rules']);
  cli(['rights', 'set', board, 'Rules', ola, 'lr']);
  const head = `From: Desk <desk@e2e.example>\r\nTo: ${board}\r\nSubject: House rules\r\n`;
  cli(
    ['message', 'put', board, 'Rules'],
    `${head}Message-ID: <rules@e2e.example>\r\n\r\nNo dogs.\r\n`,
  );
  const sets: string[] = [];
  page.on('request', (request) => {
    if (request.postData()?.includes('"Email/set"')) sets.push(request.postData() ?? '');
  });
  await page.clock.install();
  await signIn(page, 'ola');
  const tree = page.getByRole('navigation', { name: 'Folders' });
  await tree.getByRole('button', { name: 'Rules 1 unread' }).click();
  await row(page, 'House rules').click();
  const article = page.getByRole('article');
  await expect(article.locator('iframe').contentFrame().getByText('No dogs.')).toBeVisible();
  await page.clock.fastForward(5000);
  await expect(article.getByRole('button', { name: 'Mark as read' })).toHaveCount(0);
  await article.getByRole('button', { name: 'Close the message' }).click();
  await expect(article).toHaveCount(0);
  await expect(row(page, 'House rules')).toContainText('Unread');
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(row(page, 'House rules')).toContainText('Unread');
  await expect(page.getByText(/That did not work/)).toHaveCount(0);
  expect(sets).toEqual([]);
});
