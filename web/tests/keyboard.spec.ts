import type { Locator } from '@playwright/test';
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
  const inOrder = [
    page.getByRole('combobox', { name: 'Search mail' }),
    page.getByRole('button', { name: 'New message' }),
    page.getByRole('button', { name: 'Account and settings' }),
    page.getByRole('navigation', { name: 'Folders' }).getByRole('button', { name: /^Inbox/ }),
    page.getByRole('button', { name: 'New folder' }),
    page.getByRole('grid'),
  ];
  for (const one of inOrder) {
    await reach(page, one.first());
    const shown = await one.first().evaluate((e) => {
      const around = [e, e.parentElement, e.closest('.search, form, label')];
      return around.some((at) => {
        if (!at) return false;
        const { outlineStyle, boxShadow } = getComputedStyle(at);
        return outlineStyle !== 'none' || boxShadow !== 'none';
      });
    });
    expect(shown, String(one)).toBe(true);
  }
});

/** Goes on by Tab until the place has the focus. */
async function reach(page: Page, place: Locator, key = 'Tab'): Promise<void> {
  const here = () => place.evaluate((e) => e === document.activeElement);
  for (let i = 0; i < 90 && !(await here()); i++) await page.keyboard.press(key);
  await expect(place).toBeFocused();
}

test('rules, out of office and a folder by the keyboard alone', async ({ page }) => {
  await signIn(page, 'wes');
  await expect(row(page, 'Lunch')).toBeVisible();
  await reach(page, page.getByRole('button', { name: 'Account and settings' }));
  await page.keyboard.press('Enter');
  await reach(page, page.getByRole('menuitem', { name: 'Settings' }), 'ArrowDown');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  const go = async (name: string): Promise<void> => {
    await reach(page, dialog.getByRole('button', { name, exact: true }));
    await page.keyboard.press('Enter');
  };
  await go('Rules');
  await go('New rule');
  await reach(page, page.getByLabel('Name of the rule'));
  await page.keyboard.type('By keys');
  await reach(page, page.getByLabel('What is looked at'));
  await page.keyboard.type('Subject');
  await reach(page, page.getByLabel('Text', { exact: true }));
  await page.keyboard.type('budget');
  await reach(page, page.getByLabel('Folder', { exact: true }));
  await page.keyboard.type('Junk');
  await go('Save');
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByRole('switch', { name: 'By keys' })).toBeChecked();
  await go('Remove');
  await expect(page.getByText('There are no rules yet.')).toBeVisible();
  await go('Out of office');
  const away = page.getByLabel('Answer for me');
  await reach(page, away);
  await page.keyboard.press(' ');
  await reach(page, page.getByLabel('Answer', { exact: true }));
  await page.keyboard.type('Back on Monday.');
  await go('Save');
  await expect(page.getByText('Saved.').last()).toBeVisible();
  await reach(page, away, 'Shift+Tab');
  await page.keyboard.press(' ');
  await expect(away).not.toBeChecked();
  await go('Save');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await reach(page, page.getByRole('button', { name: 'New folder' }));
  await page.keyboard.press('Enter');
  await expect(dialog).toBeVisible();
  await page.keyboard.type('By hand');
  await page.keyboard.press('Enter');
  await expect(
    page.getByRole('navigation', { name: 'Folders' }).getByRole('button', { name: /^By hand/ }),
  ).toBeVisible();
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
