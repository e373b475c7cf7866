import { accessible, expect, person, pictures2, row, signIn, test, type Page } from './lib/page';
import { cli } from './lib/server';

const WHO = 'raj';
const FRESH = 'seven purple herons walk';
const LONG = { timeout: 60_000 };

test.afterEach(() => {
  const { address, password } = person(WHO);
  cli(['password', 'set', address], `${password}\n`);
});

async function security(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Signing in' }).click();
  await expect(page.getByText('This browser')).toBeVisible();
}

test('the own password is changed; other sessions end, this one goes on', async ({
  page,
  browser,
}) => {
  test.setTimeout(120_000);
  await signIn(page, WHO);
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const other = await context.newPage();
  await other.goto(page.url().replace(/#.*/, ''));
  await signIn(other, WHO);
  await expect(row(other, 'Budget draft')).toBeVisible(LONG);

  await security(page);
  await expect(page.getByText('No program was let in.')).toBeVisible();
  await page.getByRole('button', { name: 'Change the password' }).click();
  const fresh = page.getByLabel('New password', { exact: true });
  const again = page.getByLabel('New password, once more');
  const change = page.getByRole('button', { name: 'Change the password' });
  await fresh.fill('password2026');
  await again.fill('password202');
  await expect(page.getByText('The two are not the same.')).toBeVisible();
  await expect(change).toBeDisabled();
  await again.fill('password2026');
  await accessible(page);
  await pictures2(page, 'security-own-password');
  await change.click();
  await expect(page.getByText('It is too easy to guess.')).toBeVisible(LONG);
  await fresh.fill(FRESH);
  await again.fill(FRESH);
  await again.press('Enter');
  await expect(page.getByText('The password is changed.')).toBeVisible(LONG);

  await expect(other.getByText('You have been signed out.')).toBeVisible({ timeout: 90_000 });
  await signIn(other, WHO);
  await expect(other.getByRole('alert')).toContainText('not right', LONG);
  await signIn(other, WHO, FRESH);
  await expect(row(other, 'Budget draft')).toBeVisible(LONG);
  await context.close();
});
