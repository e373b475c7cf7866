import { accessible, expect, pictures2, row, signIn, test } from './lib/page';

test('the inbox is listed by conversations', async ({ page }) => {
  await signIn(page);
  await expect(page.getByText('7 conversations')).toBeVisible();
  await expect(row(page, 'Lunch on Thursday')).toContainText('2');
  await accessible(page);
  await pictures2(page, 'list');
});

test('who writes from outside for the first time is marked (P12)', async ({ page }) => {
  await signIn(page);
  await expect(row(page, 'You have been selected')).toContainText('Unknown sender');
  await expect(row(page, 'Budget draft')).not.toContainText('Unknown sender');
});

test('a conversation is read, with all that was said', async ({ page }) => {
  await signIn(page);
  await row(page, 'Lunch on Thursday').click();
  const article = page.getByRole('article', { name: 'Re: Lunch on Thursday?' });
  const frames = article.locator('iframe');
  await expect(frames).toHaveCount(2);
  await expect(frames.nth(0).contentFrame().getByText('State House')).toBeVisible();
  await expect(frames.nth(1).contentFrame().getByText('Twelve thirty')).toBeVisible();
  await accessible(page);
  await pictures2(page, 'conversation');
});
