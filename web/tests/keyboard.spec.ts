import { accessible, expect, person, pictures2, row, signIn, test, type Page } from './lib/page';

test('the shortcuts are shown by ?', async ({ page }) => {
  await signIn(page, 'lee');
  await expect(row(page, 'Lunch')).toBeVisible();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await accessible(page);
  await pictures2(page, 'keys');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('a morning by the keyboard alone', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByLabel('E-mail address')).toBeFocused();
  await signInByKeys(page);
  await expect(row(page, 'Lunch')).toBeVisible();
  await page.keyboard.press('j'); // the first row
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const article = page.getByRole('article');
  await expect(article).toHaveAccessibleName('Bridge inspection on Route 9');
  await page.keyboard.press('s');
  await expect(row(page, 'Bridge inspection').getByTitle('Flagged')).toBeVisible();
  await page.keyboard.press('e');
  await expect(row(page, 'Bridge inspection')).toHaveCount(0);
  await expect(article).toHaveCount(0);
  await expect(page.getByRole('grid')).toBeFocused();
  await page.keyboard.press('z');
  await expect(row(page, 'Bridge inspection')).toBeVisible();
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(page.getByText('2 selected')).toBeVisible();
  await page.keyboard.press('#');
  await expect(page.getByText('2 moved to trash')).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByRole('combobox', { name: 'Search mail' })).toBeFocused();
  await page.keyboard.type('retention');
  await page.keyboard.press('Enter');
  await expect(page.getByText('1 result', { exact: true })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await expect(page.getByRole('heading', { name: 'Archive', level: 1 })).toBeVisible();
});

test('the tab key reaches everything, in order, and shows where it is', async ({ page }) => {
  await signIn(page, 'lee');
  await expect(row(page, 'Lunch')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByText('Skip to the messages')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('grid')).toBeFocused();
});

async function signInByKeys(page: Page): Promise<void> {
  const who = person('lee');
  await page.keyboard.type(who.address);
  await page.keyboard.press('Tab');
  await page.keyboard.type(who.password);
  await page.keyboard.press('Enter');
}

test('letters can be switched off; the other keys stay (WCAG 2.1.4)', async ({ page }) => {
  await signIn(page, 'gus');
  await expect(row(page, 'Lunch')).toBeVisible();
  const settings = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Account and settings' }).click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
  };
  const letters = page.getByRole('switch', { name: 'Shortcuts of one letter or sign' });
  await settings();
  await expect(letters).toBeChecked();
  await letters.focus();
  await page.keyboard.press(' ');
  await expect(letters).not.toBeChecked();
  await accessible(page);
  await pictures2(page, 'letter-keys');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('grid').focus();
  await page.keyboard.press('ArrowDown');
  for (const key of ['?', 'c', 'e', '#', '.', 'b', 's']) await page.keyboard.press(key);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('article')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('article')).toHaveCount(0);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0);
  await settings();
  await letters.click();
  await expect(letters).toBeChecked();
  await page.keyboard.press('Escape');
  await page.getByRole('grid').focus();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
});
