import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, signIn, person, pictures2, accessible, type Page } from './lib/page';

async function compose(page: Page, name = 'jane'): Promise<void> {
  await signIn(page, name);
  await page.getByRole('button', { name: 'New message' }).first().click();
  await expect(page.getByRole('combobox', { name: 'To' })).toBeFocused();
}

const body = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

test('recipients are chips, wrong ones are told, outside ones are marked', async ({ page }) => {
  await compose(page);
  const to = page.getByRole('combobox', { name: 'To' });
  await to.fill('Luis <luis@e2e.example>, ann@elsewhere.example,');
  await to.press('Enter');
  await expect(page.getByRole('button', { name: 'Remove Luis' })).toBeVisible();
  await expect(
    page.getByText('1 recipient is outside').or(page.getByText('One recipient')),
  ).toBeVisible();
  await to.fill('nonsense');
  await to.press('Enter');
  await expect(page.getByRole('alert')).toContainText('nonsense');
  await to.fill('');
  await to.press('Backspace');
  await expect(page.getByRole('button', { name: 'Remove ann' })).toHaveCount(0);
  await accessible(page);
  await pictures2(page, 'compose');
});

test('rich text by keyboard', async ({ page }) => {
  await compose(page);
  await body(page).click();
  await page.keyboard.type('plain ');
  await page.keyboard.press('Control+b');
  await page.keyboard.type('bold');
  await page.keyboard.press('Control+b');
  await expect(page.getByRole('button', { name: 'Bold' })).toHaveAttribute('aria-pressed', 'false');
  await page.getByRole('button', { name: 'Bulleted list' }).click();
  await expect(body(page).locator('b')).toHaveText('bold');
  await expect(body(page).locator('li')).toHaveCount(1);
});

test('what is pasted brings no style, no script and no picture of others', async ({ page }) => {
  await compose(page);
  await body(page).click();
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData(
      'text/html',
      '<p style="color:red" onclick="top.__ran=1">a<img src="https://x.example/p.png" alt="p">' +
        '<script>top.__ran=1</script><b class="x">b</b></p>',
    );
    document.activeElement?.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    );
  });
  await expect(body(page).locator('b')).toHaveText('b');
  const html = await body(page).innerHTML();
  expect(html).not.toMatch(/style|class="x"|script|onclick|x\.example/);
});

async function write(page: Page, to: string, subject: string, text: string): Promise<void> {
  const field = page.getByRole('combobox', { name: 'To' });
  await field.fill(to);
  await field.press('Enter');
  await page.getByLabel('Subject').fill(subject);
  await body(page).click();
  await page.keyboard.type(text);
}

test('a draft is saved as it is written, found again, and sent with a file', async ({
  page,
  browser,
}) => {
  await compose(page);
  await write(page, person('luis').address, 'Plans for spring', 'We begin in March.');
  await expect(page.getByText('Draft saved')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('textbox', { name: 'Message', exact: true })).toHaveCount(0);
  await page.getByRole('button', { name: /^Drafts/ }).click();
  await page.getByText('Plans for spring').first().click();
  await page.getByRole('button', { name: 'Continue the draft' }).click();
  await expect(body(page)).toContainText('We begin in March.');
  await page.locator('input[type=file]').setInputFiles({
    name: 'plan.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('March: bridges\n'),
  });
  await expect(page.getByRole('button', { name: 'Remove plan.txt' })).toBeVisible();
  await expect(page.getByRole('progressbar')).toHaveCount(0); // there, and not only on its way
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();
  const other = await browser.newContext({ ignoreHTTPSErrors: true });
  const luis = await other.newPage();
  await luis.goto(page.url().replace(/#.*/, ''));
  await signIn(luis, 'luis');
  await expect(luis.getByText('Plans for spring').first()).toBeVisible({ timeout: 60_000 });
  await other.close();
});

test('a file that is too large is told of at once', async ({ page }) => {
  const path = join(tmpdir(), `postroad-large-${process.pid}`);
  writeFileSync(path, '');
  truncateSync(path, 50_000_001);
  await compose(page);
  await page.locator('input[type=file]').setInputFiles(path);
  await expect(page.getByText(/is too large: .* may have 48 MB together/)).toBeVisible();
  await expect(page.getByRole('progressbar')).toHaveCount(0);
  rmSync(path);
  await page.getByRole('button', { name: 'Discard draft' }).click();
});

test('sending can be undone', async ({ page }) => {
  await compose(page);
  await write(page, person('luis').address, 'Too early', 'Not yet.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('it is a draft again')).toBeVisible();
  await expect(body(page)).toContainText('Not yet.');
  await page.getByRole('button', { name: 'Discard draft' }).click();
});

test('a forgotten attachment is asked about', async ({ page }) => {
  await compose(page);
  await write(page, person('luis').address, 'Informe', 'Le adjunto el informe.');
  await body(page).press('Control+Enter');
  await expect(page.getByText('You wrote of an attachment')).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Keep writing' }).click();
  await page.getByRole('button', { name: 'Discard draft' }).click();
});

test('an answer quotes, and knows to whom it goes', async ({ page }) => {
  await signIn(page);
  await page.getByText('Bridge inspection on Route 9').first().click();
  await page.getByRole('button', { name: 'Reply', exact: true }).click();
  await expect(page.getByLabel('Subject')).toHaveValue('Re: Bridge inspection on Route 9');
  await expect(page.getByRole('button', { name: 'Remove Omar Haddad' })).toBeVisible();
  await page.getByRole('button', { name: /Show and edit the quoted text/ }).click();
  await expect(body(page)).toContainText('The crew starts on Monday');
  await pictures2(page, 'compose-answer');
  await page.setViewportSize({ width: 390, height: 800 });
  await pictures2(page, 'compose-phone');
  await page.getByRole('button', { name: 'Discard draft' }).click();
});
