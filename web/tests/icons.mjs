/** Draws public/icons from public/icon.svg: node tests/icons.mjs, when that has changed. */
import { chromium } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = (name) => fileURLToPath(new URL(`../public/${name}`, import.meta.url));
const svg = readFileSync(file('icon.svg'), 'utf8');
/** What systems cut into a shape of their own: to the edges, and the drawing in the middle. */
const full = svg
  .replace(' rx="8"', '')
  .replace('0 0 32 32', '-4 -4 40 40')
  .replace('<rect width="32" height="32"', '<rect x="-4" y="-4" width="40" height="40"');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
for (const [name, drawing, size] of [
  ['192', svg, 192],
  ['512', svg, 512],
  ['maskable', full, 512],
  ['touch', full, 180],
]) {
  await page.setViewportSize({ width: size, height: size });
  const shown = drawing.replace('<svg', `<svg width="${size}" height="${size}"`);
  await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${shown}`);
  await page.screenshot({ path: file(`icons/${name}.png`), omitBackground: true });
}
await browser.close();
