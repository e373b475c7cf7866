import { accessible, expect, pictures2, row, signIn, test, type Page } from './lib/page';
import { deliver } from './lib/server';

const WHO = 'raj';

async function open(page: Page, folder: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Folders' })
    .getByRole('button', { name: new RegExp(`^${folder}`) })
    .click();
  await expect(page.getByRole('heading', { name: folder, level: 1 })).toBeVisible();
}

test('what was deleted for good is listed, and comes back', async ({ page }) => {
  await signIn(page, WHO);
  await open(page, 'Recover deleted');
  await expect(page.getByText('Nothing was deleted for good')).toBeVisible();
  await accessible(page);
  await pictures2(page, 'recover-empty');

  for (const n of ['first', 'second', 'third'])
    deliver(WHO, { from: 'Ann Lee <ann@e2e.example>', subject: `Lost: ${n}`, text: 'Keep me.' });
  await open(page, 'Inbox');
  for (const n of ['first', 'second', 'third'])
    await row(page, `Lost: ${n}`).getByRole('checkbox').click();
  await page.keyboard.press('#');
  await expect(row(page, 'Lost:')).toHaveCount(0);
  await open(page, 'Trash');
  await expect(row(page, 'Lost:')).toHaveCount(3); // only what is there can be selected
  await page.keyboard.press('*');
  await page.keyboard.press('a');
  await expect(page.getByText('3 selected')).toBeVisible();
  await page.keyboard.press('#');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await expect(page.getByRole('status').getByText('3 deleted')).toBeVisible();

  // Taken back at once by the way of every other act.
  await page.keyboard.press('z');
  await expect(row(page, 'Lost:')).toHaveCount(3);
  await row(page, 'Lost: first').getByRole('checkbox').click();
  await row(page, 'Lost: second').getByRole('checkbox').click();
  await page.keyboard.press('#');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await expect(row(page, 'Lost:')).toHaveCount(1);

  // By keyboard alone.
  await page.getByRole('button', { name: 'Recover deleted' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Recover deleted' })).toBeFocused();
  const first = page.getByRole('checkbox', { name: /Lost: first/ });
  await expect(first).toBeVisible();
  await expect(page.getByText(/Gone for good on/).first()).toBeVisible();
  await accessible(page);
  await pictures2(page, 'recover');
  await page.getByRole('checkbox', { name: 'Select all' }).focus();
  await page.keyboard.press('Space');
  await expect(first).toBeChecked();
  await page.getByRole('button', { name: 'Restore 2' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').getByText('2 restored to Trash')).toBeVisible();
  await expect(page.getByText('Nothing was deleted for good')).toBeVisible();
  await page.setViewportSize({ width: 390, height: 780 });
  await pictures2(page, 'recover-phone');
  await page.setViewportSize({ width: 1360, height: 860 });
  await open(page, 'Trash');
  await expect(row(page, 'Lost:')).toHaveCount(3);
});
