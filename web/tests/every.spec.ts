import { accessible, expect, inEnglish, pictures2, row, signIn, test, type Page } from './lib/page';
import { call } from './lib/jmap';

const WHO = 'gus';
const LONG = { timeout: 90_000 };
const MAIL = 'urn:ietf:params:jmap:mail';
const LOTS = 130; // more than two pages of the list

type Made = { created: Record<string, { id: string }> };

/** A folder with that many unread messages. */
async function folderWith(page: Page, name: string, count: number): Promise<void> {
  const create = { f: { name, isSubscribed: true } };
  const made = (await call(page, 'Mailbox/set', MAIL, { create })) as Made;
  const id = made.created['f']!.id;
  const mails = Array.from({ length: count }, (_, i) => [
    `m${i}`,
    {
      mailboxIds: { [id]: true },
      from: [{ email: `s${i}@e2e.example` }],
      subject: `${name} number ${i}`,
      receivedAt: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString().replace('.000', ''),
      bodyValues: { 1: { value: 'Words.' } },
      textBody: [{ partId: '1', type: 'text/plain' }],
    },
  ]);
  const answer = (await call(page, 'Email/set', MAIL, {
    create: Object.fromEntries(mails) as object,
  })) as Made;
  expect(Object.keys(answer.created)).toHaveLength(count);
}

async function go(page: Page, folder: string): Promise<void> {
  const tree = page.getByRole('navigation', { name: 'Folders' });
  await tree.getByRole('button', { name: new RegExp(`^${folder}( |$)`) }).click();
  await expect(page.getByRole('heading', { name: folder, level: 1 })).toBeVisible();
}

const list = (page: Page) => page.getByRole('region', { name: 'Messages' });
const head = (page: Page) => list(page).locator('header');
const told = (page: Page, words: string) =>
  page.getByRole('status').getByText(words, { exact: true });
const conversations = (page: Page, count: number) =>
  list(page).getByText(new RegExp(`^${count} conversations?$`));

async function selectAll(page: Page): Promise<void> {
  await page.getByRole('grid').focus();
  await page.keyboard.press('Control+a');
  await page.getByRole('button', { name: `Select all ${LOTS}` }).click();
  await expect(head(page).locator('strong')).toHaveText(`${LOTS} selected`);
}

test('all of a folder at once: loaded or not, and undone', async ({ page }) => {
  test.setTimeout(300_000);
  await signIn(page, WHO);
  await expect(page.getByRole('grid')).toBeVisible();
  await folderWith(page, 'Heap', LOTS);
  await go(page, 'Heap');
  await expect(conversations(page, LOTS)).toBeVisible(LONG);
  await selectAll(page);
  await accessible(page);
  await pictures2(page, 'every-selected');
  await head(page).getByRole('button', { name: 'Archive' }).click();
  await expect(told(page, `${LOTS} archived`)).toBeVisible(LONG);
  await expect(page.getByText('Nothing here')).toBeVisible(LONG);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(conversations(page, LOTS)).toBeVisible(LONG);

  // By keys; and what is not for all says so.
  await selectAll(page);
  await page.keyboard.press('b');
  await expect(page.getByText('That cannot be done to all at once.')).toBeVisible();
  await page.keyboard.press('Shift+I');
  await expect(told(page, `${LOTS} marked as read`)).toBeVisible(LONG);
  const tree = page.getByRole('navigation', { name: 'Folders' });
  await expect(tree.getByRole('button', { name: 'Heap', exact: true })).toBeVisible(LONG);
  await page.getByRole('grid').focus();
  await page.keyboard.press('z');
  await expect(tree.getByRole('button', { name: `Heap ${LOTS} unread` })).toBeVisible(LONG);

  // Of a search; one alone is not for all any more.
  const box = page.getByRole('combobox', { name: 'Search mail' });
  await box.fill('subject:"Heap number"');
  await box.press('Enter');
  await expect(page.getByText(`${LOTS} results`, { exact: true })).toBeVisible(LONG);
  await selectAll(page);
  await row(page, 'Heap number 129').getByRole('checkbox').click();
  await expect(page.getByText(/^\d\d selected$/)).toBeVisible();
  await selectAll(page);
  await head(page).getByRole('button', { name: 'Flag' }).click();
  await expect(told(page, `${LOTS} flagged`)).toBeVisible(LONG);
  await expect(row(page, 'Heap number 129').getByTitle('Flagged')).toBeVisible(LONG);
});

test('all is marked as read by one choice, and the trash is emptied after a question', async ({
  page,
}) => {
  test.setTimeout(300_000);
  await signIn(page, WHO);
  await expect(page.getByRole('grid')).toBeVisible();
  await folderWith(page, 'Pile', LOTS);
  await go(page, 'Pile');
  const tree = page.getByRole('navigation', { name: 'Folders' });
  await tree.getByRole('button', { name: 'What to do with Pile' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Mark all as read' }).press('Enter');
  await expect(told(page, `${LOTS} marked as read`)).toBeVisible(LONG);
  await expect(tree.getByRole('button', { name: 'Pile', exact: true })).toBeVisible(LONG);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(tree.getByRole('button', { name: `Pile ${LOTS} unread` })).toBeVisible(LONG);

  await selectAll(page);
  await page.keyboard.press('#');
  await expect(told(page, `${LOTS} moved to trash`)).toBeVisible(LONG);
  await go(page, 'Trash');
  await expect(conversations(page, LOTS)).toBeVisible(LONG);
  await expect(page.getByText(/are selected/)).toHaveCount(0); // what was selected is gone
  await head(page).getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Empty the trash' }).click();
  const asked = page.getByRole('dialog', { name: 'Delete for good?' });
  await expect(asked).toContainText(`All ${LOTS} messages`);
  await accessible(page);
  await pictures2(page, 'every-empty');
  await asked.getByRole('button', { name: 'Cancel' }).click();
  await expect(conversations(page, LOTS)).toBeVisible();
  await tree.getByRole('button', { name: 'What to do with Trash' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Empty the trash' }).click();
  await asked.getByRole('button', { name: 'Delete for good' }).click();
  await expect(page.getByText('Nothing here')).toBeVisible(LONG);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(conversations(page, LOTS)).toBeVisible(LONG);
});

test('in Spanish', async ({ page }) => {
  await signIn(page, WHO);
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Español' }).click();
  await page.keyboard.press('Escape');
  const mas = page.getByRole('region', { name: 'Mensajes' }).getByRole('button', { name: 'Más' });
  await mas.last().click();
  await expect(page.getByRole('menuitem', { name: 'Marcar todo como leído' })).toBeVisible();
  await page.keyboard.press('Escape');
  await inEnglish(page);
});
