/** Calendars and cards that try to break out, as whole messages in the page itself. */
import { expect, test } from '@playwright/test';
import { row, signIn } from '../lib/page';
import { deliverRaw } from '../lib/server';
import { collection, Trap } from './world';

const LONG_MS = 60_000;

test('calendars and cards run nothing, fetch nothing and hang nothing', async ({ page }) => {
  test.setTimeout(280_000);
  const trap = await Trap.open();
  const { list, read } = collection(trap);
  const some = list.filter(({ name }) => /^(?:calendar|card): /.test(name));
  expect(some.length).toBeGreaterThanOrEqual(9);
  some.forEach(({ file }, i) => {
    const text = read(file)
      .toString('latin1')
      .replace(/^Subject: .*$/m, `Subject: Hostile-${i}-`);
    deliverRaw('rae', text);
  });
  const said: string[] = [];
  page.on('dialog', (dialog) => {
    said.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => said.push(error.message));
  page.on('popup', () => said.push('a window'));
  await signIn(page, 'rae');
  const article = page.getByRole('article');
  for (let i = 0; i < some.length; i++) {
    const name = some[i]?.name ?? '';
    await test.step(name, async () => {
      await row(page, `Hostile-${i}-`).click();
      await expect(article.locator('iframe')).toBeVisible({ timeout: LONG_MS });
      if (name.startsWith('calendar'))
        await expect(article.getByRole('region')).toContainText('2026', { timeout: LONG_MS });
      else await expect(article.getByText(/1 attachment/)).toBeVisible({ timeout: LONG_MS });
      const links = article
        .locator('a[href]')
        .evaluateAll((all) => all.map((a) => a.getAttribute('href')));
      for (const href of await links) expect(href, name).toMatch(/^(?:\/|https:\/\/)/);
      await expect(article.locator('[onerror], [onload], script, svg[onload]')).toHaveCount(0);
      const ran = await page.evaluate(() => Reflect.get(window, '__ran') as unknown);
      expect([...said, ...trap.caught, ran], name).toEqual([undefined]);
    });
  }
  trap.close();
});
