import { accessible, expect, person, pictures2, row, signIn, test, type Page } from './lib/page';

const body = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const composer = (page: Page) => page.getByRole('dialog', { name: /.+/ }).first();
const panel = (page: Page) => page.getByRole('dialog', { name: 'Templates' });

async function compose(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New message' }).first().click();
  await expect(page.getByRole('combobox', { name: 'To' })).toBeFocused();
}

async function openTemplates(page: Page): Promise<void> {
  await composer(page).getByRole('button', { name: 'Templates' }).click();
  await expect(panel(page)).toBeVisible();
}

async function saveTemplate(page: Page, subject: string, text: string): Promise<void> {
  await compose(page);
  await page.getByLabel('Subject').fill(subject);
  await body(page).click();
  await page.keyboard.type(text);
  await openTemplates(page);
  await panel(page).getByRole('button', { name: 'Save as template' }).click();
  await expect(page.getByText('The template is saved.').last()).toBeVisible();
}

test('templates are renamed and removed, each with a way back', async ({ page }) => {
  await signIn(page, 'tia');
  await expect(row(page, 'Lunch')).toBeVisible();
  await saveTemplate(page, 'Weekly report', 'This week we <built>:');
  await page.getByRole('button', { name: 'Discard draft' }).click();
  await compose(page);
  await openTemplates(page);
  await expect(
    panel(page).getByRole('button', { name: 'Weekly report', exact: true }),
  ).toBeVisible();
  await accessible(page);
  await pictures2(page, 'templates');

  await panel(page).getByRole('button', { name: 'Rename Weekly report' }).click();
  const name = panel(page).getByRole('textbox');
  await expect(name).toHaveValue('Weekly report');
  await accessible(page);
  await pictures2(page, 'templates-rename');
  await name.fill('Informe semanal');
  await name.press('Enter');
  const renamed = panel(page).getByRole('button', { name: 'Informe semanal', exact: true });
  await expect(renamed).toBeVisible();
  await expect(panel(page).getByRole('button', { name: 'Weekly report', exact: true })).toHaveCount(
    0,
  );
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(
    panel(page).getByRole('button', { name: 'Weekly report', exact: true }),
  ).toBeVisible();
  await expect(renamed).toHaveCount(0);

  await panel(page).getByRole('button', { name: 'Remove the template Weekly report' }).click();
  await expect(panel(page).getByText('No templates yet')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).last().click();
  // What came back is whole: it was made anew when it was renamed.
  await panel(page).getByRole('button', { name: 'Weekly report', exact: true }).click();
  await expect(page.getByLabel('Subject')).toHaveValue('Weekly report');
  await expect(body(page)).toContainText('This week we <built>:');
  await page.getByRole('button', { name: 'Discard draft' }).click();
});

test('a template by keyboard alone; it brings its people and files', async ({ page }) => {
  await signIn(page, 'tia');
  await expect(row(page, 'Lunch')).toBeVisible();
  await compose(page);
  await page.keyboard.type(`${person('kim').address},`);
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({
      name: 'form.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('Name:\n'),
    });
  await expect(page.getByRole('button', { name: 'Remove form.txt' })).toBeVisible();
  await page.getByLabel('Subject').fill('Application');
  await openTemplates(page);
  await panel(page).getByRole('button', { name: 'Save as template' }).click();
  await expect(page.getByText('The template is saved.').last()).toBeVisible();
  await page.getByRole('button', { name: 'Discard draft' }).click();

  await compose(page);
  await composer(page).getByRole('button', { name: 'Templates' }).focus();
  await page.keyboard.press('Enter');
  await expect(panel(page)).toBeFocused();
  const rename = panel(page).getByRole('button', { name: 'Rename Application' });
  await expect(rename).toBeVisible();
  for (let i = 0; i < 12 && !(await rename.evaluate((e) => e === document.activeElement)); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(panel(page).getByRole('textbox')).toBeFocused();
  await page.keyboard.type('Request');
  await page.keyboard.press('Escape'); // not renamed, and the panel stays
  await expect(rename).toBeVisible();
  const use = panel(page).getByRole('button', { name: 'Application', exact: true });
  for (let i = 0; i < 12 && !(await use.evaluate((e) => e === document.activeElement)); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Subject')).toHaveValue('Application');
  await expect(page.getByRole('button', { name: 'Remove form.txt' })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Remove .*kim/i })).toBeVisible();
  await page.getByRole('button', { name: 'Discard draft' }).click();
});
