import { expect, test as base, type Locator, type Page } from '@playwright/test';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export { expect };
export type { Locator, Page };

export interface Person {
  address: string;
  password: string;
}

const here = dirname(fileURLToPath(import.meta.url));
const pictures = join(here, '../../../build/web-pictures');
const axeSource = readFileSync(join(here, '../../node_modules/axe-core/axe.min.js'), 'utf8');
const people = JSON.parse(process.env['POSTROAD_PEOPLE'] ?? '{}') as Record<string, Person>;

export function person(name: string): Person {
  const found = people[name];
  if (!found) throw new Error(`serve.py made no ${name}`);
  return found;
}

/** A case fails when the page broke its own policy or left an error behind. */
export const test = base.extend<{ page: Page }>({
  page: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
    page.on('console', (said) => {
      if (said.type() === 'error' && /Content.Security.Policy|Uncaught/.test(said.text()))
        complaints.push(said.text());
    });
    await use(page);
    expect(complaints).toEqual([]);
  },
});

export async function signIn(page: Page, name = 'jane', password?: string): Promise<void> {
  const who = person(name);
  await page.goto('/');
  await page.getByLabel('E-mail address').fill(who.address);
  await page.getByLabel('Password').fill(password ?? who.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** The list's row with that in it. */
export function row(page: Page, words: string): Locator {
  return page.getByRole('row', { name: new RegExp(words) });
}

/** Back from Spanish: the choice is kept by the server, and others sign in as this person. */
export async function inEnglish(page: Page): Promise<void> {
  const kept = page.waitForResponse((answer) => answer.url().endsWith('/jmap/api'));
  await page.getByRole('button', { name: 'Cuenta y ajustes' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'English' }).click();
  await kept;
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Account and settings' })).toBeVisible();
}

/** A screenshot below build/web-pictures, kept for whoever looks at it. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
}

/** In light and dark. */
export async function pictures2(page: Page, name: string): Promise<void> {
  await picture(page, name);
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, `${name}-dark`);
  expect(await faults(page, ['color-contrast'])).toEqual([]); // the rest does not hang on the theme
  await page.emulateMedia({ colorScheme: 'light' });
}

interface Violation {
  id: string;
  nodes: { html: string }[];
}

/** Colours are judged when they stand: a change of theme or a hover fades. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let still = 0; still < 2; ) {
      const fades = document.getAnimations().filter((a) => a instanceof CSSTransition);
      await Promise.allSettled(fades.map((a) => a.finished));
      await frame(); // what this one begins is seen in the next
      still = fades.length ? 0 : still + 1;
    }
  });
}

/** What axe-core has against the page as it stands; rules: those alone. */
async function faults(page: Page, rules?: string[]): Promise<{ id: string; nodes: string[] }[]> {
  await settled(page);
  await page.evaluate(axeSource);
  return page.evaluate(async (only) => {
    const axe = Reflect.get(window, 'axe') as {
      run(root: Document, options: unknown): Promise<{ violations: Violation[] }>;
    };
    const options = { iframes: false, ...(only ? { runOnly: only } : {}) };
    const { violations } = await axe.run(document, options);
    return violations.map((v) => ({ id: v.id, nodes: v.nodes.map((n) => n.html.slice(0, 200)) }));
  }, rules);
}

/** WCAG 2.2 AA by axe-core, in the theme that is shown. */
export async function accessible(page: Page): Promise<void> {
  expect(await faults(page)).toEqual([]);
}
