import { expect, row, signIn, test } from './lib/page';

interface Manifest {
  start_url: string;
  display: string;
  icons: { src: string; sizes: string; type: string; purpose?: string }[];
}

/** Width and height as a PNG says them. */
function sizeOf(png: Buffer): string {
  return `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;
}

test('the page can be installed: Chromium has nothing against it', async ({ page, context }) => {
  const elsewhere: string[] = [];
  const home = new URL(process.env['POSTROAD_PAGE'] ?? '').origin;
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== home) elsewhere.push(request.url());
  });
  await signIn(page, 'ivy');
  await expect(row(page, 'Lunch')).toBeVisible();
  const chromium = await context.newCDPSession(page);
  const { errors, data } = await chromium.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const said = JSON.parse(data ?? '') as Manifest;
  expect(said).toMatchObject({ start_url: '/', display: 'standalone' });
  const { installabilityErrors } = await chromium.send('Page.getInstallabilityErrors');
  // A certificate of the test is trusted by nobody; nothing else may be in the way.
  expect(installabilityErrors.map((e) => e.errorId).filter((e) => e !== 'in-incognito')).toEqual(
    [],
  );

  const manifest = await page.request.get('/manifest.webmanifest');
  expect(manifest.headers()['content-type']).toContain('application/manifest+json');
  expect(said.icons.map((icon) => icon.purpose)).toContain('maskable');
  for (const { src, sizes, type } of said.icons) {
    const icon = await page.request.get(src);
    expect(icon.status(), src).toBe(200);
    expect(icon.headers()['content-type'], src).toContain(type);
    if (type === 'image/png') expect(sizeOf(await icon.body()), src).toBe(sizes);
  }
  const touch = await page.request.get(
    (await page.locator('link[rel=apple-touch-icon]').getAttribute('href'))!,
  );
  expect(sizeOf(await touch.body())).toBe('180x180');
  expect(elsewhere).toEqual([]);
});

test('the bars around it have the colour of the theme that was chosen', async ({ page }) => {
  const colour = (): Promise<string | null> =>
    page.evaluate(() => {
      const metas = document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]');
      return [...metas].find((meta) => matchMedia(meta.media).matches)?.content ?? null;
    });
  const ground = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--bg').trim());
  await page.emulateMedia({ colorScheme: 'light' });
  await signIn(page, 'ivy');
  await expect(row(page, 'Lunch')).toBeVisible();
  const light = await colour();
  expect(light).toBe(await ground());
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(colour).not.toBe(light);
  const dark = await colour();
  expect(dark).toBe(await ground());
  const kept = page.waitForResponse((answer) => answer.url().endsWith('/jmap/api'));
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Light' }).click();
  await kept;
  await expect.poll(colour).toBe(light); // the device is dark, the page is not
  const again = page.waitForResponse((answer) => answer.url().endsWith('/jmap/api'));
  await page.getByRole('menuitemcheckbox', { name: 'As the device' }).click();
  await again;
  await expect.poll(colour).toBe(dark);
});
