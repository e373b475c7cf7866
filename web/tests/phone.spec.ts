import { accessible, expect, pictures2, row, signIn, test } from './lib/page';

test.use({ viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true });

test('one pane at a time; back goes back', async ({ page }) => {
  await signIn(page, 'pat');
  await expect(row(page, 'Lunch')).toBeVisible();
  await accessible(page);
  await pictures2(page, 'phone-list');
  await row(page, 'Minutes of the staff').tap();
  await expect(page.getByRole('article')).toBeVisible();
  await expect(page.getByRole('grid')).toHaveCount(0);
  await accessible(page);
  await pictures2(page, 'phone-reading');
  await page.goBack();
  await expect(row(page, 'Minutes of the staff')).toBeVisible();
  await page.getByRole('button', { name: 'Show folders' }).tap();
  await expect(page.getByRole('navigation', { name: 'Folders' })).toBeVisible();
  await pictures2(page, 'phone-folders');
  await page
    .getByRole('navigation')
    .getByRole('button', { name: /^Archive/ })
    .tap();
  await expect(page.getByRole('heading', { name: 'Archive', level: 1 })).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Folders' })).toHaveCount(0);
});
