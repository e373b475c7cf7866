import {
  accessible,
  expect,
  person,
  picture,
  pictures2,
  row,
  signIn,
  test,
  type Page,
} from './lib/page';
import { call } from './lib/jmap';

const body = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const to = (page: Page) => page.getByRole('combobox', { name: 'To', exact: true });
const options = (page: Page) => page.getByRole('option');
const chip = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name: typeof name === 'string' ? `Remove ${name}` : name });

async function compose(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New message' }).first().click();
  await expect(to(page)).toBeFocused();
}

async function start(page: Page): Promise<void> {
  await signIn(page, 'ivy');
  await expect(row(page, 'Lunch')).toBeVisible();
  await compose(page);
}

async function discard(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Discard draft' }).click();
  await expect(body(page)).toHaveCount(0);
}

async function marked(page: Page, words: string): Promise<void> {
  const one = page.getByRole('option', { name: new RegExp(words), selected: true });
  await expect(one).toBeVisible();
  await expect(to(page)).toHaveAttribute('aria-activedescendant', (await one.getAttribute('id'))!);
}

test('people of the list by keyboard alone, whatever the letters', async ({ page }) => {
  await start(page);
  await expect(to(page)).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.type('nunez');
  await marked(page, 'Ana María Núñez');
  await expect(to(page)).toHaveAttribute('aria-expanded', 'true');
  await expect(to(page)).toHaveAttribute('aria-autocomplete', 'list');
  await accessible(page);
  await page.keyboard.press('Enter');
  await expect(chip(page, 'Ana María Núñez')).toBeVisible();
  await expect(to(page)).toHaveAttribute('aria-expanded', 'false');

  await page.keyboard.type('zoë łuk');
  await marked(page, 'Zoë Łukasz');
  await page.keyboard.press('Tab');
  await expect(chip(page, 'Zoë Łukasz')).toBeVisible();
  await expect(to(page)).toBeFocused(); // Tab took the name and stayed

  await page.keyboard.type('bridge insp');
  await marked(page, 'Bridge inspectors');
  await expect(options(page).first()).toContainText('Group');
  await pictures2(page, 'recipients-group');
  await page.keyboard.type(',');
  await expect(chip(page, 'Bridge inspectors')).toBeVisible();
  await expect(to(page)).toHaveValue('');
  await discard(page);
});

test('arrows walk, Escape closes the list alone, and what is typed whole stays', async ({
  page,
}) => {
  await start(page);
  await page.keyboard.type('e2e.example');
  await expect(options(page)).toHaveCount(8);
  const first = await options(page).first().textContent();
  const second = await options(page).nth(1).textContent();
  await page.keyboard.press('ArrowDown');
  await marked(page, second!.trim().split(/\s/)[0]!);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp'); // round the edge
  await expect(options(page).last()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(options(page).first()).toHaveAttribute('aria-selected', 'true');
  expect(first).toBeTruthy();
  await page.keyboard.press('Escape');
  await expect(options(page)).toHaveCount(0);
  await expect(to(page)).toHaveValue('e2e.example');
  await expect(to(page)).toBeFocused();
  await page.keyboard.press('Enter'); // no address: told, and left as it is
  await expect(page.getByRole('alert')).toContainText('“e2e.example” is no e-mail address.');
  await expect(to(page)).toHaveAttribute('aria-invalid', 'true');
  await accessible(page);
  await pictures2(page, 'recipients-wrong');
  await to(page).fill('');
  await page.keyboard.type(`${person('kim').address};`);
  await expect(page.getByRole('button', { name: /^Remove .*kim/i })).toBeVisible();
  await discard(page);
});

test('lists that are pasted', async ({ page }) => {
  await start(page);
  const paste = (text: string) =>
    to(page).evaluate((field, words) => {
      const data = new DataTransfer();
      data.setData('text/plain', words);
      field.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
      );
    }, text);
  await paste('Roe, Jane <jane@a.example>; "Núñez, Ana" <ana@a.example>\r\nbob@b.example\tnobody@');
  for (const name of ['Roe, Jane', 'Núñez, Ana', 'bob@b.example'])
    await expect(chip(page, name)).toBeVisible();
  await expect(to(page)).toHaveValue('nobody@');
  await expect(page.getByRole('alert')).toContainText('nobody@');
  await to(page).fill('');
  await paste('jane@a.example, x@c.example y@c.example');
  await expect(page.getByRole('button', { name: /^Remove .*jane/i })).toHaveCount(1); // once
  await expect(chip(page, 'y@c.example')).toBeVisible();
  await discard(page);
});

test('whom one wrote to is offered on every device, until that is taken away', async ({
  page,
  browser,
}) => {
  test.setTimeout(300_000);
  await start(page);
  await page.keyboard.type('"Olga Ähre" <olga@far.example>,');
  await expect(chip(page, 'Olga Ähre')).toBeVisible();
  await page.getByLabel('Subject').fill('Good morning');
  await body(page).click();
  await page.keyboard.type('Just so.');
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();
  // It is kept by the account, not by the device.
  await expect
    .poll(async () => JSON.stringify(await people(page)), { timeout: 60_000 })
    .toContain('olga@far.example');
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('olga');

  const other = await browser.newContext({ ignoreHTTPSErrors: true });
  const second = await other.newPage();
  await second.goto(page.url().replace(/#.*/, ''));
  await signIn(second, 'ivy');
  await expect(row(second, 'Lunch')).toBeVisible();
  await compose(second);
  await expect(async () => {
    await to(second).fill('');
    await second.keyboard.type('ahre');
    await expect(options(second)).toHaveCount(1, { timeout: 5000 });
  }).toPass();
  await expect(second.getByText('Shift+Delete')).toBeVisible();
  await accessible(second);
  await picture(second, 'recipients-known');
  await second.keyboard.press('Shift+Delete');
  await expect(second.getByText('Olga Ähre is not suggested any more')).toBeVisible();
  await expect(options(second)).toHaveCount(0);
  await second.getByRole('button', { name: 'Undo' }).click();
  await expect(async () => {
    await to(second).fill('');
    await second.keyboard.type('olga');
    await expect(options(second)).toHaveCount(1, { timeout: 5000 });
  }).toPass();
  await second.keyboard.press('Shift+Delete');
  await expect(options(second)).toHaveCount(0);
  await expect
    .poll(async () => JSON.stringify(await people(second)), { timeout: 60_000 })
    .not.toContain('olga@far.example');
  await to(second).fill('');
  await discard(second);
  await other.close();
});

/** The Setting "people". */
function people(page: Page): Promise<Record<string, unknown>> {
  return call(page, 'Setting/get', 'https://postroad.org/jmap/settings', { ids: ['people'] });
}
