import { accessible, expect, picture, pictures2, signIn, test, type Page } from './lib/page';

async function openSettings(page: Page, part: string): Promise<void> {
  await signIn(page);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await page.getByRole('dialog').getByRole('button', { name: part }).click();
  await expect(page.getByRole('heading', { name: part, level: 2 })).toBeVisible();
}

async function reopened(page: Page, part: string): Promise<void> {
  await page.reload();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await page.getByRole('dialog').getByRole('button', { name: part }).click();
}

test('a signature is kept', async ({ page }) => {
  await openSettings(page, 'Names and signatures');
  await page.getByRole('button', { name: 'Edit' }).first().click();
  await page.getByLabel('Name that others see').fill('Jane Roe');
  await page.getByLabel('Signature').fill('Jane Roe\nTreasury');
  await accessible(page);
  await pictures2(page, 'settings-signature');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await reopened(page, 'Names and signatures');
  await expect(page.getByText('Treasury')).toBeVisible();
});

test('who is away says so, and from when to when', async ({ page }) => {
  await openSettings(page, 'Out of office');
  await page.getByLabel('Answer for me').check();
  await page.getByLabel('From').fill('2026-12-24T00:00');
  await page.getByLabel('Until').fill('2026-12-01T00:00');
  await expect(page.getByText('The last date lies before the first.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled();
  await page.getByLabel('Until').fill('2099-01-02T00:00');
  await page.getByLabel('Answer', { exact: true }).fill('Back in January.');
  await accessible(page);
  await pictures2(page, 'settings-away');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await reopened(page, 'Out of office');
  await expect(page.getByLabel('Answer', { exact: true })).toHaveValue('Back in January.');
  await expect(page.getByLabel('From')).toHaveValue('2026-12-24T00:00');
  await page.getByLabel('Answer for me').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
});

test('a rule is made, switched off and removed', async ({ page }) => {
  await openSettings(page, 'Rules');
  await page.getByRole('button', { name: 'New rule' }).click();
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled();
  await page.getByLabel('Name of the rule').fill('Budget');
  await page.getByLabel('What is looked at').selectOption('Subject');
  await page.getByLabel('Text', { exact: true }).fill('budget');
  await page.getByLabel('Folder', { exact: true }).selectOption('Junk');
  await accessible(page);
  await pictures2(page, 'settings-rule');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await reopened(page, 'Rules');
  const rule = page.getByRole('switch', { name: 'Budget' });
  await expect(rule).toBeChecked();
  await picture(page, 'settings-rules');
  await rule.uncheck();
  await expect(page.getByText('Saved.')).toBeVisible();
  await page.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('There are no rules yet.')).toBeVisible();
});

test('a sender is blocked, and may write again', async ({ page }) => {
  await openSettings(page, 'Blocked senders');
  await page.getByLabel('Address or domain').fill('@spam.example');
  await page.keyboard.press('Enter');
  await expect(page.getByText('@spam.example', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Unblock' }).click();
  await expect(page.getByText('Nobody is blocked.')).toBeVisible();
});

test('settings fit a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await openSettings(page, 'Out of office');
  await accessible(page);
  await picture(page, 'settings-phone');
});
