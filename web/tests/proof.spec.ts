import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { accessible, expect, person, picture, pictures2, row, signIn, test } from './lib/page';
import { deliver, deliverRaw } from './lib/server';

const LONG_MS = 60_000;

function head(name: string, subject: string, from: string, more: string[] = []): string[] {
  return [
    ...more,
    `From: Grace Lind <${from}>`,
    `To: ${person(name).address}`,
    `Subject: ${subject}`,
    `Date: ${new Date().toUTCString()}`,
    `Message-ID: <${Math.random().toString(36).slice(2)}@test.example>`,
    'MIME-Version: 1.0',
  ];
}

const ASKS = (from: string): string[] => [
  `Return-Path: <${from}>`,
  `Disposition-Notification-To: Grace Lind <${from}>`,
];

function ask(subject: string, from: string, more: string[] = []): void {
  const mail = [...head('sam', subject, from, [...ASKS(from), ...more])];
  deliverRaw('sam', [...mail, 'Content-Type: text/plain', '', 'Did you read it?', ''].join('\n'));
}

test('a receipt is sent when the reader says so, and not before', async ({ page }) => {
  test.setTimeout(180_000);
  const from = person('luis').address;
  ask('Please confirm', from);
  ask('Rather not', from);
  ask('From a list', from, ['List-Id: <all.e2e.example>']);
  await signIn(page, 'sam');
  await row(page, 'Please confirm').click();
  const line = page.getByRole('group', { name: 'Read receipt' });
  await expect(line).toContainText('The sender asks to be told', { timeout: LONG_MS });
  await accessible(page);
  await pictures2(page, 'receipt');
  await line.getByRole('button', { name: 'Send a receipt' }).press('Enter');
  await expect(page.getByText('A receipt was sent.')).toBeVisible({ timeout: LONG_MS });
  await expect(line).toHaveCount(0);
  await row(page, 'Rather not').click();
  await expect(line).toBeVisible({ timeout: LONG_MS });
  await line.getByRole('button', { name: 'Do not send' }).click();
  await expect(line).toHaveCount(0);
  await row(page, 'From a list').click();
  await expect(page.getByRole('article', { name: 'From a list' }).locator('iframe')).toBeVisible();
  await expect(line).toHaveCount(0);

  await page.reload();
  await row(page, 'Rather not').click();
  await expect(page.getByRole('article', { name: 'Rather not' }).locator('iframe')).toBeVisible();
  await expect(line).toHaveCount(0);
  await page.context().clearCookies();
  await signIn(page, 'luis');
  await expect(row(page, 'Read: Please confirm')).toBeVisible({ timeout: LONG_MS });
  await expect(row(page, 'Read: Rather not')).toHaveCount(0);
});

test('the choice holds on every device: inside by itself, outside asked', async ({ page }) => {
  test.setTimeout(180_000);
  const from = person('luis').address;
  await signIn(page, 'sam');
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  const choice = page.getByLabel('When somebody asks for a read receipt');
  await expect(choice).toHaveValue('ask', { timeout: LONG_MS });
  await choice.selectOption('inside');
  await pictures2(page, 'receipt-setting');
  await page.keyboard.press('Escape');
  ask('Inside', from);
  ask('Outside', 'grace@elsewhere.example');
  await page.reload();
  await row(page, 'Outside').click();
  const line = page.getByRole('group', { name: 'Read receipt' });
  await expect(line).toBeVisible({ timeout: LONG_MS });
  await row(page, 'Inside').click();
  await expect(page.getByText('A receipt was sent.')).toBeVisible({ timeout: LONG_MS });
});

test('a writer asks for a receipt', async ({ page }) => {
  test.setTimeout(120_000);
  const to = person('luis').address;
  await signIn(page, 'sam');
  await page.getByRole('button', { name: 'New message' }).first().click();
  const composer = page.getByRole('dialog');
  await composer.getByRole('combobox', { name: 'To' }).fill(to);
  await composer.getByLabel('Subject').fill('Tell me');
  const box = composer.getByRole('button', { name: 'Ask for a read receipt' });
  await box.click();
  await expect(box).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('When you have read it.');
  await composer.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(page.getByText('The message is sent.')).toBeVisible({ timeout: LONG_MS });
  await page.context().clearCookies();
  await signIn(page, 'luis');
  await expect(row(page, 'Tell me')).toBeVisible({ timeout: LONG_MS });
  await row(page, 'Tell me').click();
  await expect(page.getByRole('group', { name: 'Read receipt' })).toBeVisible({ timeout: LONG_MS });
});

function signed(subject: string, protocol: string, file: string): void {
  const mail = [
    ...head('sam', subject, 'grace@elsewhere.example'),
    `Content-Type: multipart/signed; protocol="${protocol}"; micalg=sha-256; boundary="s"`,
    '',
    '--s',
    'Content-Type: text/plain',
    '',
    'What is signed.',
    '--s',
    `Content-Type: ${protocol}; name="${file}"`,
    `Content-Disposition: attachment; filename="${file}"`,
    'Content-Transfer-Encoding: base64',
    '',
    'bm8gc2lnbmF0dXJl',
    '--s--',
    '',
  ];
  deliverRaw('sam', mail.join('\n'));
}

test('signatures are told, and are no files to open', async ({ page }) => {
  test.setTimeout(120_000);
  signed('By SMIME', 'application/pkcs7-signature', 'smime.p7s');
  signed('By OpenPGP', 'application/pgp-signature', 'signature.asc');
  const sealed = 'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m';
  const encrypted = [...head('sam', 'Sealed', 'grace@elsewhere.example'), sealed];
  deliverRaw('sam', [...encrypted, 'Content-Transfer-Encoding: base64', '', 'eA==', ''].join('\n'));
  await signIn(page, 'sam');
  await row(page, 'By SMIME').click();
  const article = page.getByRole('article');
  // Not verified in any case: that signature is none.
  const badge = article.getByRole('button', {
    name: /^(?:Signed \(S\/MIME\)|Signature not valid)/,
  });
  await expect(badge).toBeVisible({ timeout: LONG_MS });
  await expect(article.getByText('smime.p7s')).toHaveCount(0);
  await badge.press('Enter');
  await expect(article.getByRole('heading', { name: 'Signature' })).toBeVisible();
  await accessible(page);
  await pictures2(page, 'signature');
  await row(page, 'By OpenPGP').click();
  await expect(
    article.getByRole('button', { name: 'Signed (OpenPGP), not checked' }),
  ).toBeVisible();
  await expect(article.getByText('signature.asc')).toHaveCount(0);
  await row(page, 'Sealed').click();
  await expect(article.getByRole('button', { name: 'Encrypted (S/MIME)' })).toBeVisible();
});

/** Signed by openssl with one of signer.py's keys. */
function reallySigned(subject: string, by: string, change = (text: string) => text): void {
  const key = join(process.env['POSTROAD_SIGNERS'] ?? '', `${by}.pem`);
  const words = ['cms', '-sign', '-md', 'sha256', '-signer', key, '-inkey', key];
  const input = 'Content-Type: text/plain\r\n\r\nTen thousand for the bridge.\r\n';
  const signed = execFileSync('openssl', words, { input, encoding: 'latin1' });
  const fields = head('sam', subject, 'grace@signed.example').filter((f) => !/^MIME-V/.test(f));
  deliverRaw('sam', `${fields.join('\n')}\n${change(signed)}`);
}

test('signatures are verified, not trusted, or broken', async ({ page }) => {
  test.setTimeout(180_000);
  reallySigned('Really signed', 'trusted');
  reallySigned('By a stranger', 'stranger');
  reallySigned('Changed later', 'trusted', (text) => text.replace('Ten', 'Six'));
  await signIn(page, 'sam');
  const article = page.getByRole('article');
  await row(page, 'Really signed').click();
  const good = article.getByRole('button', { name: 'Signed by Grace Lind' });
  await expect(good).toBeVisible({ timeout: LONG_MS });
  await good.click();
  await expect(article.getByText(/^Checked on/)).toBeVisible();
  await accessible(page);
  await pictures2(page, 'signature-verified');
  await row(page, 'By a stranger').click();
  const unknown = article.getByRole('button', { name: 'Signature not trusted' });
  await expect(unknown).toBeVisible({ timeout: LONG_MS });
  await row(page, 'Changed later').click();
  const broken = article.getByRole('button', { name: 'Signature not valid' });
  await expect(broken).toBeVisible({ timeout: LONG_MS });
  await broken.click();
  await expect(article.getByText(/has been changed since/)).toBeVisible();
  await accessible(page);
  await pictures2(page, 'signature-broken');
});

test('what was checked, and the way of a message', async ({ page }) => {
  test.setTimeout(120_000);
  const ours = 'by mail.e2e.example (Postroad) with ESMTPS id 1';
  const checked = [
    'Authentication-Results: mail.e2e.example; spf=pass smtp.mailfrom=grace@elsewhere.example;',
    ' dkim=pass header.d=elsewhere.example; dmarc=pass header.from=elsewhere.example; arc=none',
    `Received: from mx.elsewhere.example ${ours}; Sun, 22 Nov 2026 10:03:07 +0000`,
    'Received: from pc by mx.elsewhere.example with ESMTP; Sun, 22 Nov 2026 10:00:00 +0000',
  ];
  const forged = [
    `Received: from mx.x.example ${ours}; Sun, 22 Nov 2026 10:03:07 +0000`,
    'Authentication-Results: mail.e2e.example; dmarc=pass header.from=elsewhere.example',
  ];
  for (const [subject, more] of [
    ['Proven', checked],
    ['Unproven', forged],
  ] as const) {
    const mail = [...head('sam', subject, 'grace@elsewhere.example', [...more]), '', 'Text.', ''];
    deliverRaw('sam', mail.join('\n'));
  }
  await signIn(page, 'sam');
  await row(page, 'Grace Lind.*Proven').click();
  const article = page.getByRole('article');
  await article.getByRole('button', { name: 'Details' }).click();
  await expect(article.getByText('The sender’s domain is confirmed')).toBeVisible({
    timeout: LONG_MS,
  });
  await expect(article).toContainText('Signed by elsewhere.example, and not changed since.');
  await expect(article).toContainText('Checked by mail.e2e.example');
  const road = article.getByRole('region', { name: 'The way of the message' });
  await expect(road.getByRole('row')).toHaveCount(3);
  await expect(road.getByRole('row').nth(1)).toContainText('not encrypted');
  await expect(road.getByRole('row').nth(2)).toContainText('3 min');
  await accessible(page);
  await pictures2(page, 'headers-explained');
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, 'headers-explained-phone');
  await accessible(page);
  await page.setViewportSize({ width: 1360, height: 860 });
  await row(page, 'Unproven').click();
  await article.getByRole('button', { name: 'Details' }).click();
  await expect(article.getByText('The message was not checked on its way in')).toBeVisible();
});

/** The lists of this person grow from case to case: what is old is looked for. */
async function search(page: Page, words: string): Promise<void> {
  const box = page.getByRole('combobox', { name: 'Search mail' });
  await box.fill(words);
  await box.press('Enter');
  await expect(row(page, words).first()).toBeVisible({ timeout: LONG_MS });
}

test('print: head, text and files of one message, and of a conversation', async ({ page }) => {
  test.setTimeout(120_000);
  const text =
    `<h3>Plan</h3>${'<p>A line of the plan.</p>'.repeat(120)}` +
    '<img src="https://example.org/a.png"><script>document.title = "ran"</script>';
  deliver('sam', {
    from: 'Grace <grace@e2e.example>',
    subject: 'Long plan',
    text,
    type: 'text/html',
  });
  await signIn(page, 'sam');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await row(page, 'Long plan').click();
  await expect(page.getByText('Pictures from other servers are not shown.')).toBeVisible();
  const printed = page.locator('iframe.printed');
  const paper = printed.contentFrame();
  await page.keyboard.press('p');
  await expect(paper.getByRole('heading', { name: 'Long plan' })).toBeAttached({
    timeout: LONG_MS,
  });
  await expect(paper.getByText('grace@e2e.example')).toBeAttached();
  await expect(paper.getByRole('heading', { name: 'Plan', exact: true })).toBeAttached();
  await expect(paper.locator('script')).toHaveCount(0);
  expect(asked.filter((url) => /example\.org|proxy\/picture/.test(url))).toEqual([]);

  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('button', { name: 'Compose' })).toBeHidden();
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
  expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(2);
  await page.emulateMedia({ media: 'screen' });

  await search(page, 'Minutes of the staff');
  await row(page, 'Minutes of the staff').click();
  await page.getByRole('article').getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Print' }).click();
  await expect(paper.getByText(/minutes\.txt/)).toBeAttached({ timeout: LONG_MS });
  await expect(printed).toHaveCount(1);

  await search(page, 'Lunch on Thursday');
  await row(page, 'Lunch on Thursday').click();
  const newest = page.getByRole('article').locator('iframe').last().contentFrame();
  await expect(newest.getByText('Twelve thirty it is.')).toBeVisible({ timeout: LONG_MS });
  await page.keyboard.press('Control+p');
  await expect(paper.locator('section')).toHaveCount(2, { timeout: LONG_MS });
  await expect(paper.getByText('There is a new place across')).toBeAttached();
  await expect(paper.getByText('Twelve thirty it is.')).toBeAttached();
});

test.describe('with answers of the test', () => {
  test.use({ serviceWorkers: 'block' }); // else the worker asks past the test

  test('a picture that was allowed is printed, too', async ({ page }) => {
    test.setTimeout(120_000);
    const text = '<p>The plan:</p><img src="https://example.org/plan.png" alt="plan">';
    deliver('sam', {
      from: 'Grace <grace@e2e.example>',
      subject: 'Drawn',
      text,
      type: 'text/html',
    });
    await signIn(page, 'sam');
    const asked: string[] = [];
    const pixel =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk' +
      '+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await page.route(/plan\.png/, (route) => {
      asked.push(route.request().url());
      return route.fulfill({ contentType: 'image/png', body: Buffer.from(pixel, 'base64') });
    });
    const width = (image: Element) => (image as HTMLImageElement).naturalWidth;
    const printed = page
      .locator('iframe.printed')
      .contentFrame()
      .getByRole('img', { name: 'plan' });
    await row(page, 'Drawn').click();
    await page.getByRole('button', { name: 'Show pictures' }).click();
    const shown = page.getByRole('article').locator('iframe').contentFrame();
    await expect.poll(() => shown.getByRole('img', { name: 'plan' }).evaluate(width)).toBe(1);
    await page.keyboard.press('p');
    await expect(printed).toHaveAttribute('src', /^blob:/, { timeout: LONG_MS });
    await expect.poll(() => printed.evaluate(width)).toBe(1);
    expect(new Set(asked.map((url) => new URL(url).origin))).toEqual(
      new Set([new URL(page.url()).origin]),
    );
  });
});
