import { execFileSync } from 'node:child_process';
import { expect, person, row, signIn, test } from '../lib/page';
import { collection, Trap } from './world';

/**
 * Messages that are hostile as a whole (charsets, structures, names, headers), in the page itself:
 * each is opened, nothing runs, nothing is fetched, and the page goes on.
 */
test('whole messages run nothing and fetch nothing in the page', async ({ page }) => {
  test.setTimeout(280_000);
  const trap = await Trap.open();
  const { list, read } = collection(trap);
  const whole = list.filter((one) => one.html === null && one.text === null);
  expect(whole.length).toBeGreaterThan(100);
  const cli = process.env['POSTROAD_CLI'] ?? '';
  const { address } = person('hal');
  const put = (input: string | Buffer) =>
    execFileSync(cli, ['message', 'put', address, 'Archive'], { input });
  for (const { file } of whole) put(read(file));

  const seen: string[] = [];
  page.on('dialog', (dialog) => {
    seen.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('popup', () => seen.push('a window'));
  await page.addInitScript(() => {
    const prefs = JSON.stringify({ conversations: false });
    localStorage.setItem('postroad.prefs', prefs);
  });
  await signIn(page, 'hal');
  await page
    .getByRole('navigation')
    .getByRole('button', { name: /^Archive/ })
    .click();
  await expect(page.getByText(`${whole.length} messages`, { exact: true })).toBeVisible();
  const here = new URL(page.url()).origin;
  for (let i = 0; i < whole.length; i++) {
    await page.getByRole('grid').press('j');
    if (i === 0) await page.getByRole('grid').press('Enter');
    await expect(page.locator('article iframe, article [role=alert]').first()).toBeAttached({
      timeout: 60_000,
    });
    expect([...seen, ...trap.caught], `number ${i} from above`).toEqual([]);
  }
  expect(new URL(page.url()).origin).toBe(here);
  expect(await page.evaluate(() => Reflect.get(window, '__ran') as unknown)).toBeUndefined();
  await page
    .getByRole('navigation')
    .getByRole('button', { name: /^Inbox/ })
    .click();
  await expect(row(page, 'Lunch').first()).toBeVisible();
  trap.close();
});
