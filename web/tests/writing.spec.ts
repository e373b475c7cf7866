import { expect, person, row, signIn, test, type Page } from './lib/page';
import { cli, deliver } from './lib/server';

const body = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const field = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true });

async function compose(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New message' }).first().click();
  await expect(field(page, 'To')).toBeFocused();
}

async function to(page: Page, name: string, address: string): Promise<void> {
  await field(page, name).fill(address);
  await field(page, name).press('Enter');
}

async function openFolder(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation')
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .click();
}

test('Cc and Bcc by keyboard; plain text stays plain', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, 'wes');
  await expect(row(page, 'Lunch')).toBeVisible();
  await compose(page);
  await to(page, 'To', person('luis').address);
  await page.keyboard.press('Control+Shift+c');
  await to(page, 'Cc', person('kim').address);
  await page.keyboard.press('Control+Shift+b');
  await to(page, 'Bcc', person('lee').address);
  await page.getByLabel('Subject').fill('Plain words');
  await page.getByRole('button', { name: 'Plain text' }).click();
  await body(page).fill('No *bold* here.');
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();
  await openFolder(page, 'Sent');
  await row(page, 'Plain words').click();
  await page.getByRole('article').getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Show original source' }).click();
  const source = page.getByRole('dialog');
  await expect(source).toContainText('No *bold* here.');
  await expect(source).toContainText(`Cc: ${person('kim').address}`);
  await expect(source).not.toContainText('text/html');
});

test('an answer to all leaves oneself out; a mailbox one may send for is offered', async ({
  page,
}) => {
  test.setTimeout(120_000);
  cli(['sendas', 'grant', 'desk@e2e.example', person('wes').address]);
  deliver('wes', {
    from: `Kim Ito <${person('kim').address}>`,
    subject: 'To many',
    text: 'Hello all',
    headers: `Cc: ${person('wes').address}, Lee Abel <${person('lee').address}>`,
  });
  await signIn(page, 'wes');
  await row(page, 'To many').click();
  await page.getByRole('button', { name: 'Reply to all' }).click();
  await expect(page.getByRole('button', { name: 'Remove Kim Ito' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Remove Lee Abel' })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Remove .*wes/i })).toHaveCount(0);
  const from = page.getByLabel('From', { exact: true });
  await from.selectOption({ label: await offered(page) });
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();
  await openFolder(page, 'Sent');
  await row(page, 'Re: To many').click();
  await expect(page.getByRole('article')).toContainText('desk@e2e.example');
});

async function offered(page: Page): Promise<string> {
  const found = await page.getByLabel('From', { exact: true }).locator('option').allTextContents();
  return found.find((text) => text.includes('desk@e2e.example')) ?? 'desk is missing';
}

test('files come by drop, and one that is on its way can be stopped', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, 'wes');
  await expect(row(page, 'Lunch')).toBeVisible();
  await compose(page);
  const drop = (name: string) =>
    page.getByRole('dialog').evaluate((target, file) => {
      const data = new DataTransfer();
      data.items.add(new File(['March: bridges'], file, { type: 'text/plain' }));
      target.dispatchEvent(
        new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
      );
    }, name);
  await drop('dropped.txt');
  await expect(page.getByText('14 B').or(page.getByText('0 kB'))).toBeVisible();
  await expect(page.getByRole('button', { name: 'Remove dropped.txt' })).toBeVisible();
  await page.route('**/jmap/upload/**', () => undefined); // never answered
  await drop('slow.txt');
  await expect(page.getByRole('progressbar', { name: /slow\.txt/ })).toBeVisible();
  await page.getByRole('button', { name: 'Remove slow.txt' }).click();
  await expect(page.getByText('slow.txt')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Remove dropped.txt' })).toBeVisible();
  await page.getByRole('button', { name: 'Discard draft' }).click();
});

test('a template is made and used', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, 'wes');
  await expect(row(page, 'Lunch')).toBeVisible();
  await compose(page);
  await page.getByLabel('Subject').fill('Weekly report');
  await body(page).click();
  await page.keyboard.type('This week:');
  await page.getByRole('dialog').getByRole('button', { name: 'Templates' }).click();
  await page.getByRole('button', { name: 'Save as template' }).click();
  await expect(page.getByText('The template is saved.')).toBeVisible();
  await page.getByRole('button', { name: 'Discard draft' }).click();
  await compose(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Templates' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: 'Weekly report', exact: true })
    .click();
  await expect(page.getByLabel('Subject')).toHaveValue('Weekly report');
  await expect(body(page)).toContainText('This week:');
  await page.getByRole('button', { name: 'Discard draft' }).click();
});
