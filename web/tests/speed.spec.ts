import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, row, signIn, test } from './lib/page';

const many = Number(process.env['POSTROAD_MANY'] ?? 500);
const built = join(dirname(fileURLToPath(import.meta.url)), '../../build/web');

function figure(what: string, value: number, unit: string): void {
  console.log(`figure: ${what}: ${value.toFixed(value < 10 ? 1 : 0)} ${unit}`);
}

/** What index.html loads at once: its script and what that imports, as they go over the wire. */
test('first load', () => {
  const page = readFileSync(join(built, 'index.html'), 'utf8');
  const scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(
    (m) => m[1] ?? '',
  );
  expect(scripts.length).toBeGreaterThan(0);
  const bytes = scripts.map((s) => statSync(join(built, `${s}.br`)).size).reduce((a, b) => a + b);
  figure('script of the first load, brotli', bytes / 1024, 'KiB');
  expect(bytes).toBeLessThan(250 * 1024);
  expect(readdirSync(join(built, 'assets')).length).toBeGreaterThan(1);
});

test('signing in, opening, scrolling', async ({ page }) => {
  await signIn(page, 'lee'); // whose password the server remembers from here on
  await expect(page.getByRole('row').first()).toBeVisible();
  await page.addInitScript(() => {
    const watcher = new MutationObserver(() => {
      if (!document.querySelector('[role=row]:not([aria-busy])')) return;
      watcher.disconnect();
      requestAnimationFrame(() => performance.mark('list'));
    });
    watcher.observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  await expect(page.getByRole('row').first()).toBeVisible();
  const [listed, scripted] = await page.evaluate(() => {
    const at = performance.getEntriesByName('list')[0]?.startTime ?? 0;
    const session = performance
      .getEntriesByType('resource')
      .find((entry) => entry.name.endsWith('/jmap/session')) as PerformanceResourceTiming;
    return [at - session.startTime, at];
  });
  figure('list on screen after the session is known', listed ?? 0, 'ms');
  figure('list on screen after a reload', scripted ?? 0, 'ms');
  await page.context().clearCookies();
  await signIn(page, 'luis');
  await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible();
  await page.getByRole('navigation').getByRole('button', { name: /^Many/ }).click();
  await expect(row(page, `Message number ${many - 1} `)).toBeVisible();
  const opening = await page.evaluate(async () => {
    const times: number[] = [];
    const rows = [...document.querySelectorAll<HTMLElement>('[role=row]')].slice(0, 6);
    for (const element of rows) {
      const start = performance.now();
      element.click();
      const seen = (): boolean => {
        const frames = [...document.querySelectorAll('article iframe')] as HTMLIFrameElement[];
        return frames.some((f) => (f.contentDocument?.body?.textContent ?? '').length > 10);
      };
      while (!seen() && performance.now() - start < 5000)
        await new Promise((done) => requestAnimationFrame(done));
      times.push(performance.now() - start);
      document.querySelector<HTMLElement>('article button')?.click();
      await new Promise((done) => setTimeout(done, 50));
    }
    return times.sort((a, b) => a - b);
  });
  figure('opening a message, median', opening[3] ?? 0, 'ms');
  const frames = await page.evaluate(async () => {
    const list = document.querySelector('[role=grid]');
    const gaps: number[] = [];
    let last = performance.now();
    for (let i = 0; i < 90; i++) {
      list?.scrollBy(0, 240);
      await new Promise((done) => requestAnimationFrame(done));
      gaps.push(performance.now() - last);
      last = performance.now();
    }
    return gaps.sort((a, b) => a - b);
  });
  figure('frame while scrolling, median', frames[45] ?? 0, 'ms');
  figure('frame while scrolling, slowest of 90', frames[89] ?? 0, 'ms');
  await page.getByRole('grid').evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await expect(row(page, 'Message number 0 ')).toBeVisible();
});
