import { accessible, expect, pictures2, row, signIn, test } from './lib/page';
import { deliver } from './lib/server';

test('a link that deceives is asked about, and where it goes is told', async ({ page }) => {
  const text =
    '<p>Pay at <a href="https://pay.evil.example/in?a=1">www.bank.example</a>,' +
    ' or <a href="https://аpple.example/x">sign in</a>.</p>';
  deliver('nia', { from: 'Bank <b@e2e.example>', subject: 'Overdue', text, type: 'text/html' });
  await signIn(page, 'nia');
  await row(page, 'Overdue').click();
  const frame = page.getByRole('article').locator('iframe').contentFrame();
  await frame.getByRole('link', { name: 'www.bank.example' }).click();
  const dialog = page.getByRole('dialog', { name: 'Where does this link go?' });
  await expect(dialog.locator('.host')).toHaveText('pay.evil.example');
  await expect(dialog).toContainText('www.bank.example');
  await expect(dialog.getByRole('button', { name: 'Stay here' })).toBeFocused();
  await accessible(page);
  await pictures2(page, 'link');
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await frame.getByRole('link', { name: 'sign in' }).click();
  await expect(dialog.locator('.host')).toHaveText('xn--pple-43d.example');
  await expect(dialog).toContainText('аpple.example');
  await page.setViewportSize({ width: 390, height: 780 });
  await pictures2(page, 'link-phone');
  const opened = page.waitForEvent('popup');
  await dialog.getByRole('button', { name: 'Open it anyway' }).click();
  await opened;
});

test('what was looked for is marked in the message too', async ({ page }) => {
  await signIn(page, 'nia');
  const box = page.getByRole('combobox', { name: 'Search mail' });
  await box.fill('route crew');
  await box.press('Enter');
  await expect(row(page, 'Bridge inspection').locator('mark').first()).toBeVisible();
  await row(page, 'Bridge inspection').click();
  const article = page.getByRole('article');
  await expect(article.getByRole('heading').locator('mark')).toHaveText('Route');
  const frame = article.locator('iframe').contentFrame();
  await expect(frame.locator('mark')).toHaveText('crew');
  await pictures2(page, 'hits');
});
