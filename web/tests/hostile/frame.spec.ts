import { expect, test, type Page } from '@playwright/test';
import type { Server } from 'node:http';
import { collection, originOf, serve, Trap, type Hostile } from './world';

interface Content {
  kind: string;
  value: string;
}
declare const show: (content: Content) => Promise<unknown>;
declare const answer: (content: Content) => Promise<string>;
declare const printed: (content: Content) => Promise<void>;

/** Where everything outside of the frame is, what the window is called, and what was set in it. */
async function outside(page: Page): Promise<string> {
  return page.evaluate(() =>
    JSON.stringify([
      document.title,
      location.href,
      Reflect.get(window, '__ran'),
      document.querySelectorAll(':not([data-parking], [data-parking] *)').length,
      document.documentElement.scrollWidth,
      document.documentElement.scrollHeight,
      ...Array.from(document.querySelectorAll('header, nav, #reader')).map((e) =>
        e.getBoundingClientRect(),
      ),
    ]),
  );
}

interface Watch {
  dialogs: string[];
  complaints: string[];
}

function watch(page: Page): Watch {
  const seen: Watch = { dialogs: [], complaints: [] };
  page.on('dialog', (dialog) => {
    seen.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => seen.complaints.push(error.message));
  page.on('popup', () => seen.complaints.push('a window'));
  return seen;
}

function contentOf(one: Hostile): Content {
  return one.html !== null
    ? { kind: 'html', value: one.html }
    : { kind: 'text', value: one.text ?? '' };
}

async function showOne(page: Page, one: Hostile): Promise<void> {
  await page.evaluate((c) => show(c), contentOf(one));
  await page.mouse.move(400 + (one.name.length % 7) * 40, 80);
  await page.mouse.move(500, 200);
}

test.describe.configure({ mode: 'serial' });

let trap: Trap;
let shown: Hostile[];
let server: Server;
let origin: string;

test.beforeAll(async () => {
  trap = await Trap.open();
  shown = collection(trap).list.filter((one) => one.html !== null || one.text !== null);
  server = await serve(shown);
  origin = originOf(server);
});
test.afterAll(() => {
  trap.close();
  server.closeAllConnections();
  server.close();
});

test('the collection is large enough', () => {
  expect(shown.length).toBeGreaterThan(300);
  expect(new Set(shown.map((one) => one.name)).size).toBe(shown.length);
});

test('what the trap is for: without the frame, mail runs and fetches', async ({ page }) => {
  const seen = watch(page);
  const running = shown.findIndex((one) => one.name === 'event: img error');
  const fetching = shown.findIndex((one) => one.name === 'picture from elsewhere');
  await page.goto(`${origin}/unsafe?${running}`);
  await expect.poll(() => seen.dialogs).toEqual(['1']);
  await page.goto(`${origin}/unsafe?${fetching}`);
  await expect.poll(() => trap.caught.filter((q) => q.includes('pixel.gif')).length).toBe(1);
  trap.caught.length = 0;
});

for (const theme of ['light', 'dark'])
  test(`in the frame nothing runs and nothing is fetched (${theme})`, async ({ page }) => {
    test.setTimeout(280_000);
    const seen = watch(page);
    await page.goto(theme === 'dark' ? `${origin}/?dark` : origin);
    await page.evaluate((c) => show(c), { kind: 'text', value: 'nothing' });
    const before = await outside(page);
    const some = theme === 'light' ? shown : shown.filter((_, i) => i % 8 === 0);
    for (const one of some) {
      await test.step(one.name, () => showOne(page, one));
      expect(await outside(page), one.name).toBe(before);
      expect([...seen.dialogs, ...seen.complaints, ...trap.caught], one.name).toEqual([]);
    }
  });

const TOGETHER = 12;

/** Some at a time, since going to the page and back is what takes the time. */
function* together(): Generator<Hostile[]> {
  for (let i = 0; i < shown.length; i += TOGETHER) yield shown.slice(i, i + TOGETHER);
}

test('answered, forwarded or pasted, it runs and fetches nothing in the page', async ({ page }) => {
  test.setTimeout(280_000);
  const seen = watch(page);
  await page.goto(origin);
  const before = await outside(page);
  for (const some of together()) {
    const names = some.map((one) => one.name).join(', ');
    const written = await page.evaluate(async (all) => {
      const texts: string[] = [];
      for (const one of all) texts.push(await answer(one));
      return texts;
    }, some.map(contentOf));
    for (const [i, text] of written.entries()) {
      const { name } = some[i] ?? {};
      expect(text, name).not.toMatch(/<(?:script|style|iframe|form|svg|math|link|meta)[\s>]/i);
      expect(text, name).not.toMatch(/<[^>]*\s(?:on\w+|style|srcdoc|background)\s*=/i);
    }
    expect(await outside(page), names).toBe(before);
    expect([...seen.dialogs, ...seen.complaints, ...trap.caught], names).toEqual([]);
  }
});

test('printed, it runs and fetches nothing', async ({ page }) => {
  test.setTimeout(280_000);
  const seen = watch(page);
  await page.goto(origin);
  const before = await outside(page);
  for (const some of together()) {
    await page.evaluate(async (all) => {
      for (const one of all) await printed(one);
    }, some.map(contentOf));
    const names = some.map((one) => one.name).join(', ');
    expect(await outside(page), names).toBe(before);
    expect([...seen.dialogs, ...seen.complaints, ...trap.caught], names).toEqual([]);
  }
});
