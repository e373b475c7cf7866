import { accessible, expect, person, pictures2, signIn, test } from './lib/page';

test('the page comes with its policy, and only its own', async ({ page }) => {
  const answer = await page.goto('/');
  const headers = answer?.headers() ?? {};
  expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
  expect(headers['content-security-policy']).not.toContain('unsafe');
  expect(headers['content-encoding']).toBe('br');
  expect(headers['cache-control']).toBe('no-cache');
});

test('who is not signed in is asked to', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByLabel('E-mail address')).toBeFocused();
  await accessible(page);
  await pictures2(page, 'signin');
});

test('a wrong password is told, the right one lets in, and signing out ends it', async ({
  page,
}) => {
  await signIn(page, 'jane', 'not the password');
  await expect(page.getByRole('alert')).toHaveText('Address or password are not right.');
  await signIn(page);
  await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible();
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await expect(page.getByRole('menu')).toContainText(person('jane').address);
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByText('You have been signed out.')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('E-mail address')).toBeVisible();
});
