import { accessible, expect, pictures2, row, signIn, test, type Page } from './lib/page';
import { cli, deliver } from './lib/server';
import { person } from './lib/page';

const WHO = 'raj';
const LONG = { timeout: 60_000 };

async function general(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'General' }).click();
}

test('choices are found again on another device, at once', async ({ page, browser }) => {
  test.setTimeout(120_000);
  await signIn(page, WHO);
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-US' });
  const other = await context.newPage();
  await other.goto(page.url().replace(/#.*/, ''));
  await signIn(other, WHO);
  await expect(row(other, 'Budget draft')).toBeVisible(LONG);

  // A label of one's own with a colour, a search, a folded folder, density.
  await row(page, 'Budget draft').click({ button: 'right' });
  await page.getByRole('menuitem', { name: /^Label/ }).click();
  await page.getByRole('menuitem', { name: 'New label…' }).click();
  await page.getByRole('textbox', { name: 'New label' }).fill('Bridges');
  await page.getByRole('radio', { name: 'Purple' }).check({ force: true });
  await page.keyboard.press('Enter');
  await expect(row(page, 'Budget draft')).toContainText('Bridges');
  const box = page.getByRole('combobox', { name: 'Search mail' });
  await box.fill('has:attachment');
  await box.press('Enter');
  await page.getByRole('button', { name: 'Keep this search' }).click();
  await general(page);
  await page.getByLabel('Rows of the list').selectOption('Compact');
  await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
  await accessible(page);
  await pictures2(page, 'settings-general');

  const tree = other.getByRole('navigation', { name: 'Folders' });
  await expect(tree.getByRole('button', { name: 'Bridges', exact: true })).toBeVisible(LONG);
  await expect(tree.locator('.label-purple').first()).toBeVisible();
  await expect(tree.getByRole('button', { name: 'has:attachment', exact: true })).toBeVisible(LONG);
  await expect(other.locator('[role=row].compact').first()).toBeVisible(LONG);
  await expect(row(other, 'Budget draft')).toContainText('Bridges', LONG);
  await pictures2(other, 'compact');

  // Of nine in the morning in New York it is late at night in Tokyo.
  deliver(WHO, { from: 'Ann <ann@e2e.example>', subject: 'What time is it?', text: 'Now.' });
  await expect(row(other, 'What time is it')).toBeVisible(LONG);
  await row(other, 'What time is it').click();
  const shown = await other.getByRole('article').locator('time').first().getAttribute('title');
  const at = await other.getByRole('article').locator('time').first().getAttribute('datetime');
  const tokyo = new Intl.DateTimeFormat('en', {
    dateStyle: 'full',
    timeStyle: 'short',
    timeZone: 'Asia/Tokyo',
  });
  expect(shown).toBe(tokyo.format(new Date(at ?? '')));

  await page.getByLabel('Time zone').selectOption({ index: 0 });
  await page.getByLabel('Rows of the list').selectOption({ index: 0 });
  await expect(other.locator('[role=row].compact')).toHaveCount(0, LONG);
  await context.close();
});

test('another person at the same device finds nothing of the one before', async ({ page }) => {
  await signIn(page, WHO);
  const box = page.getByRole('combobox', { name: 'Search mail' });
  await box.fill('secret plans');
  await box.press('Enter');
  await expect(page.getByText('Nothing was found.')).toBeVisible();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByText('You have been signed out.')).toBeVisible();
  const device = await page.evaluate(() => JSON.stringify(localStorage));
  expect(device).not.toContain('secret plans');
});

test('how full the mailbox is, and what to do', async ({ page }) => {
  const { address } = person(WHO);
  cli(['account', 'set', address, '--quota-mb', '1']);
  await signIn(page, WHO);
  const space = page.getByRole('region', { name: 'Space for mail' });
  await expect(space.getByRole('meter')).toBeVisible(LONG);
  await expect(space).toContainText('of 1 MB used');
  await expect(space.getByRole('status')).toHaveCount(0);
  await accessible(page);
  for (let i = 0; i < 2; i++)
    deliver(WHO, {
      from: 'Ann <ann@e2e.example>',
      subject: `Large ${i}`,
      text: `${'x'.repeat(70)}\r\n`.repeat(6600),
    });
  await page.reload();
  await expect(space).toContainText('Your mailbox is almost full', LONG);
  await accessible(page);
  await pictures2(page, 'quota');
  await space.getByRole('button', { name: 'Look into the trash' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Trash', level: 1 })).toBeVisible();
  await space.getByRole('button', { name: 'Find large messages' }).click();
  await expect(page.getByRole('heading', { name: 'Search results', level: 1 })).toBeVisible();
  cli(['account', 'set', address, '--quota-mb', '0']);
});
