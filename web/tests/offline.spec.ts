import { accessible, expect, pictures2, row, signIn, test, type Page } from './lib/page';

/** Waits until the page's files are kept, so that it opens without a network. */
async function shellKept(page: Page): Promise<void> {
  const kept = () =>
    page.evaluate(async () => {
      const list = (await (await fetch('/shell.json')).json()) as string[];
      const found = await Promise.all(list.map((path) => caches.match(path)));
      return found.every(Boolean) && navigator.serviceWorker.controller !== null;
    });
  await expect.poll(kept, { timeout: 60_000 }).toBe(true);
}

async function keepMail(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'General' }).click();
  await page.getByRole('switch', { name: 'Keep mail on this device' }).check();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.reload(); // from here on what is read is kept
  await expect(row(page, 'Lunch')).toBeVisible();
  await shellKept(page);
}

async function read(page: Page, subject: string, text: string): Promise<void> {
  await row(page, subject).click();
  const frame = page.getByRole('article').locator('iframe').first().contentFrame();
  await expect(frame.getByText(text)).toBeVisible();
}

const banner = (page: Page) => page.getByText('No connection. What was read before is shown');
const body = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

test('without a network what was read is there, and drafts are not lost', async ({
  page,
  context,
}) => {
  test.setTimeout(180_000);
  await signIn(page, 'uma');
  await expect(row(page, 'Lunch')).toBeVisible();
  await keepMail(page);
  await read(page, 'Minutes of the staff', 'Corrections until Friday');
  await page.getByRole('button', { name: 'Close the message' }).click();
  await page.getByRole('button', { name: 'New message' }).first().click();
  await expect(page.getByRole('combobox', { name: 'To' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(body(page)).toHaveCount(0);

  await context.setOffline(true);
  await page.reload();
  await expect(row(page, 'Lunch')).toBeVisible({ timeout: 60_000 });
  await expect(banner(page)).toBeVisible();
  await expect(page.getByRole('navigation').getByRole('button', { name: /^Inbox/ })).toBeVisible();
  await read(page, 'Minutes of the staff', 'Corrections until Friday');
  await accessible(page);
  await pictures2(page, 'offline');

  await page.getByRole('article').getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByText('there is no connection; nothing was changed')).toBeVisible();
  await expect(row(page, 'Minutes of the staff')).toBeVisible();

  await page.getByRole('button', { name: 'New message' }).first().click();
  await page.getByLabel('Subject').fill('Written on a train');
  await body(page).click();
  await page.keyboard.type('Between two stations.');
  await expect(page.getByText('the draft is kept on this device')).toBeVisible({ timeout: 60_000 });
  await page.reload();
  await expect(body(page)).toContainText('Between two stations.', { timeout: 60_000 });

  await context.setOffline(false);
  await expect(banner(page)).toHaveCount(0, { timeout: 60_000 });
  await expect(page.getByText('Draft saved')).toBeVisible({ timeout: 60_000 });
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Drafts/ }).click();
  await expect(row(page, 'Written on a train')).toBeVisible();
});

/** All that this origin keeps in the browser, as one text. */
async function everything(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const all: unknown[] = [{ ...localStorage }, { ...sessionStorage }];
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((done, fail) => {
        const open = indexedDB.open(name ?? '');
        open.onsuccess = () => done(open.result);
        open.onerror = () => fail(open.error);
      });
      for (const store of Array.from(db.objectStoreNames))
        all.push(
          await new Promise((done, fail) => {
            const got = db.transaction(store).objectStore(store).getAll();
            got.onsuccess = () => done(got.result);
            got.onerror = () => fail(got.error);
          }),
        );
      db.close();
    }
    return JSON.stringify(all);
  });
}

test('signing out forgets all of it, and the next person sees nothing', async ({
  page,
  context,
}) => {
  test.setTimeout(120_000);
  await signIn(page, 'vic');
  await expect(row(page, 'Lunch')).toBeVisible();
  await keepMail(page);
  await read(page, 'Bridge inspection', 'The crew starts');
  await page.getByRole('button', { name: 'Close the message' }).click();
  const box = page.getByRole('combobox', { name: 'Search mail' });
  await box.fill('retention');
  await box.press('Enter');
  await expect(row(page, 'Retention schedule')).toBeVisible();
  await expect.poll(() => everything(page)).toContain('Bridge inspection');

  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByText('You have been signed out.')).toBeVisible();
  const left = await everything(page);
  for (const word of ['Bridge', 'retention', 'crew', 'vic@']) expect(left).not.toContain(word);
  expect(new URL(page.url()).hash).toBe('');

  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText('The server cannot be reached.')).toBeVisible();
  await context.setOffline(false);
  await signIn(page, 'uma');
  await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible();
  await page.getByRole('combobox', { name: 'Search mail' }).focus();
  await expect(page.getByText('retention', { exact: true })).toHaveCount(0);
});

test('who signs out without a network is out once there is one', async ({ page, context }) => {
  test.setTimeout(120_000);
  await signIn(page, 'vic');
  await expect(row(page, 'Lunch')).toBeVisible();
  await shellKept(page);
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByText('You have been signed out.')).toBeVisible();
  await context.setOffline(false);
  await page.reload();
  await expect(page.getByLabel('E-mail address')).toBeVisible();
});
