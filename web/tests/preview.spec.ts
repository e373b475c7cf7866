import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  accessible,
  expect,
  inEnglish,
  person,
  picture,
  pictures2,
  row,
  signIn,
  test,
} from './lib/page';
import { cli } from './lib/server';

const here = dirname(fileURLToPath(import.meta.url));
const PATIENCE = { timeout: 60_000 };

/** A message with files of a kind that samples.py makes. */
function send(name: string, subject: string, kinds: string[]): void {
  const message = execFileSync('python3', [join(here, 'samples.py'), subject, ...kinds]);
  cli(['message', 'put', person(name).address, 'INBOX'], message.toString('latin1'));
}

test('pictures, text and what has no preview; keys alone', async ({ page }) => {
  send('jane', 'Kinds of files', ['png', 'text', 'latin1', 'svg', 'zip']);
  await signIn(page);
  await row(page, 'Kinds of files').click();
  const article = page.getByRole('article');
  await expect(article.getByText('5 attachments')).toBeVisible(PATIENCE);
  const first = article.getByRole('button', { name: /^Preview stripes\.png/ });
  await expect(first.locator('img')).toBeVisible(PATIENCE); // a thumbnail
  await pictures2(page, 'preview-bar');
  await accessible(page);
  await first.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'stripes.png' });
  await expect(dialog.getByRole('img', { name: 'stripes.png' })).toBeVisible(PATIENCE);
  await expect(dialog.getByText('1 of 5')).toBeVisible();
  await accessible(page);
  await pictures2(page, 'preview-picture');
  await page.keyboard.press('+');
  await expect(dialog.getByText('125 %')).toBeVisible();
  await page.keyboard.press('r');
  const box = await dialog.getByRole('img', { name: 'stripes.png' }).boundingBox();
  expect(box && box.height > box.width).toBe(true);

  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('dialog').getByRole('region')).toContainText('größer', PATIENCE);
  await accessible(page);
  await pictures2(page, 'preview-text');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('dialog').getByRole('region')).toContainText('Ärger', PATIENCE);
  for (const name of ['drawing.svg', 'files.zip']) {
    await page.keyboard.press('ArrowRight');
    await expect(page.getByRole('dialog', { name })).toContainText('no preview');
    await expect(page.getByRole('link', { name: `Download ${name}` }).last()).toBeVisible();
  }
  await accessible(page);
  await page.keyboard.press('ArrowRight'); // there is no further one
  await expect(page.getByText('5 of 5')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(first).toBeFocused();
});

test('pages of a PDF, and its text', async ({ page }) => {
  send('lee', 'Pages', ['pdf', 'broken']);
  await signIn(page, 'lee');
  await row(page, 'Pages').click();
  await page.getByRole('button', { name: /^Preview pages\.pdf/ }).click(PATIENCE);
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('img', { name: 'Page 1 of 30' })).toBeVisible(PATIENCE);
  await expect(dialog.getByRole('img', { name: 'Page 30 of 30' })).toHaveCount(0); // not yet
  await accessible(page);
  await pictures2(page, 'preview-pdf');
  await dialog.getByRole('region').focus();
  await page.keyboard.press('End');
  await expect(dialog.getByRole('img', { name: 'Page 30 of 30' })).toBeVisible(PATIENCE);
  await dialog.getByRole('button', { name: 'Show as text' }).click();
  await expect(dialog.getByRole('region')).toContainText('This is page 30', PATIENCE);
  await dialog.getByRole('button', { name: 'Next attachment' }).click();
  await expect(dialog).toContainText('damaged or protected', PATIENCE);
});

test('documents of offices', async ({ page }) => {
  send('lee', 'Documents', ['docx', 'xlsx', 'odt', 'rtf']);
  await signIn(page, 'lee');
  await row(page, 'Documents').click();
  await page.getByRole('button', { name: /^Preview letter\.docx/ }).click(PATIENCE);
  const dialog = page.getByRole('dialog');
  const frame = dialog.locator('iframe').contentFrame();
  await expect(frame.getByRole('heading', { name: 'Bridge inspection' })).toBeVisible(PATIENCE);
  await expect(frame.getByRole('listitem')).toHaveCount(2);
  await expect(frame.getByRole('cell', { name: 'Crew' })).toBeVisible();
  await expect(frame.getByText("<script>document.title = 'ran'</script>")).toBeVisible();
  expect(await page.title()).not.toBe('ran');
  await accessible(page);
  await pictures2(page, 'preview-office');
  const next = dialog.getByRole('button', { name: 'Next attachment' });
  await next.click();
  await expect(frame.getByRole('heading', { name: 'Crews' })).toBeVisible(PATIENCE);
  await expect(frame.getByRole('cell', { name: '12' })).toBeVisible();
  await next.click();
  await expect(frame.getByRole('heading', { name: 'Minutes' })).toBeVisible(PATIENCE);
  await next.click();
  await expect(frame.getByText('Short note.')).toBeVisible(PATIENCE);
});

test('names that deceive, and files that do harm', async ({ page }) => {
  send('ola', 'Tricks', ['bidi', 'double', 'html']);
  await signIn(page, 'ola');
  await row(page, 'Tricks').click();
  const article = page.getByRole('article');
  await expect(article.getByText('May be harmful')).toHaveCount(3, PATIENCE);
  await article.getByRole('button', { name: /^Preview invoicefdp\.exe/ }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('alert')).toContainText('hides what it is: EXE');
  await accessible(page);
  await pictures2(page, 'preview-warning');
  await page.keyboard.press('ArrowRight');
  await expect(dialog.getByRole('alert')).toContainText('hides what it is: JS');
  await page.keyboard.press('ArrowRight');
  await expect(dialog.getByRole('alert')).toContainText('can harm your computer');
  await expect(dialog.getByRole('region')).toContainText('<script>', PATIENCE); // as text
  expect(await page.title()).not.toBe('ran');
});

test('all files as one archive', async ({ page }) => {
  send('kim', 'Everything', ['png', 'text', 'zip']);
  await signIn(page, 'kim');
  await row(page, 'Everything').click();
  const saved = page.waitForEvent('download', PATIENCE);
  await page.getByRole('link', { name: 'Download all (zip)' }).click(PATIENCE);
  const file = await saved;
  expect(file.suggestedFilename()).toBe('Everything.zip');
  const names = execFileSync('python3', ['-m', 'zipfile', '-l', await file.path()]).toString();
  for (const name of ['stripes.png', 'notes.txt', 'files.zip']) expect(names).toContain(name);
  expect(readFileSync(await file.path()).length).toBeGreaterThan(300);
});

test('on a phone, in Spanish', async ({ page }) => {
  send('pat', 'Teléfono', ['png', 'text']);
  await signIn(page, 'pat');
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Español' }).click();
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 390, height: 780 });
  await row(page, 'Teléfono').click();
  await page.getByRole('button', { name: /^Vista previa de stripes\.png/ }).click(PATIENCE);
  const dialog = page.getByRole('dialog', { name: 'stripes.png' });
  await expect(dialog.getByRole('img')).toBeVisible(PATIENCE);
  await accessible(page);
  await picture(page, 'preview-phone');
  await page.keyboard.press('Escape');
  await picture(page, 'preview-bar-phone');
  await page.setViewportSize({ width: 1360, height: 860 });
  await inEnglish(page);
});
