import { accessible, expect, inEnglish, pictures2, row, signIn, test } from './lib/page';
import { deliver } from './lib/server';

test('attachments, details, headers and source', async ({ page }) => {
  await signIn(page);
  await row(page, 'Minutes of the staff').click();
  const article = page.getByRole('article');
  await expect(article.getByText('2 attachments')).toBeVisible();
  await article.getByRole('button', { name: 'Details' }).click();
  await expect(article.getByText('Where it comes from')).toBeVisible();
  await accessible(page);
  await pictures2(page, 'details');
  const saved = page.waitForEvent('download');
  await article.getByRole('link', { name: /minutes\.txt/ }).click();
  const path = await (await saved).path();
  const { readFileSync } = await import('node:fs');
  expect(readFileSync(path, 'utf8')).toContain('2. Bridges');
  await article.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Show original source' }).click();
  await expect(page.getByRole('dialog')).toContainText('Message-ID: <page-4@e2e.example>');
  await pictures2(page, 'source');
});

test('what was looked at is read, once it is closed', async ({ page }) => {
  deliver('jane', { from: 'Ann Lee <ann@e2e.example>', subject: 'To be read', text: 'Short.' });
  await signIn(page);
  await expect(row(page, 'To be read')).toContainText('Unread');
  await row(page, 'To be read').click();
  const frame = page.getByRole('article').locator('iframe').contentFrame();
  await expect(frame.getByText('Short.')).toBeVisible();
  await page.getByRole('button', { name: 'Close the message' }).click();
  await expect(row(page, 'To be read')).not.toContainText('Unread');
  await page.reload();
  await expect(row(page, 'To be read')).toBeVisible();
  await expect(row(page, 'To be read')).not.toContainText('Unread');
});

test('what is marked unread while it is open stays unread', async ({ page }) => {
  const send = (subject: string) =>
    deliver('jane', { from: 'Ann Lee <ann@e2e.example>', subject, text: `${subject}, in short.` });
  send('Not done yet');
  send('Put back later');
  await page.clock.install();
  await signIn(page);
  const article = page.getByRole('article');
  const shown = (words: string) =>
    expect(article.locator('iframe').contentFrame().getByText(`${words}, in short.`)).toBeVisible();
  await row(page, 'Not done yet').click();
  await shown('Not done yet');
  await page.keyboard.press('Shift+I');
  await expect(row(page, 'Not done yet')).not.toContainText('Unread');
  await page.keyboard.press('Shift+U');
  await expect(row(page, 'Not done yet')).toContainText('Unread');
  await page.clock.fastForward(5000); // who looks so long has read it, else
  await page.getByRole('button', { name: 'Close the message' }).click();
  await expect(article).toHaveCount(0);
  await expect(row(page, 'Not done yet')).toContainText('Unread');

  await row(page, 'Put back later').click();
  await shown('Put back later');
  await page.clock.fastForward(5000);
  await expect(row(page, 'Put back later')).not.toContainText('Unread');
  await article.getByRole('button', { name: 'Mark as unread' }).click();
  await page.getByRole('button', { name: 'Close the message' }).click();
  await expect(article).toHaveCount(0);
  await expect(row(page, 'Put back later')).toContainText('Unread');
  await page.reload();
  await expect(row(page, 'Not done yet')).toContainText('Unread');
  await expect(row(page, 'Put back later')).toContainText('Unread');
});

test('HTML is shown, and pictures of other servers wait', async ({ page }) => {
  const text =
    '<h1>Plan</h1><p>See <a href="https://example.org/plan">the plan</a>.</p>' +
    '<img src="https://example.org/a.png"><script>document.title = "ran"</script>';
  deliver('jane', { from: 'Ann <ann@e2e.example>', subject: 'Rich', text, type: 'text/html' });
  await signIn(page);
  await row(page, 'Rich').click();
  const frame = page.getByRole('article').locator('iframe').contentFrame();
  await expect(frame.getByRole('heading', { name: 'Plan' })).toBeVisible();
  await expect(page.getByText('Pictures from other servers are not shown.')).toBeVisible();
  expect(await page.title()).not.toBe('ran');
  await pictures2(page, 'html');
});

test('tables keep their columns, and words their colours', async ({ page }) => {
  const text =
    '<table border="1" cellpadding="9" width="300"><tr><td colspan="2" align="right">Total' +
    '</td></tr><tr><td>1</td><td bgcolor="#ffee00"><b style="color: #aa0000">2</b></td></tr>' +
    '</table>';
  deliver('jane', { from: 'Ann <ann@e2e.example>', subject: 'Sums', text, type: 'text/html' });
  await signIn(page);
  await row(page, 'Sums').click();
  const frame = page.getByRole('article').locator('iframe').contentFrame();
  const total = frame.getByRole('cell', { name: 'Total' });
  await expect(total).toHaveAttribute('colspan', '2');
  await expect(total).toHaveCSS('text-align', /right/);
  await expect(total).toHaveCSS('padding-left', '9px');
  await expect(frame.getByRole('cell', { name: '2' })).toHaveCSS(
    'background-color',
    'rgb(255, 238, 0)',
  );
  await expect(frame.getByText('2', { exact: true })).toHaveCSS('color', 'rgb(170, 0, 0)');
});

test('Spanish', async ({ page }) => {
  await signIn(page, 'pat');
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Español' }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Recibidos' })).toBeVisible();
  await pictures2(page, 'spanish');
  await inEnglish(page);
});
