import { accessible, expect, person, pictures2, row, signIn, test, type Page } from './lib/page';
import { readByPython, rawOf } from './lib/raw';

const WHO = 'tia';
const body = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const asked = (page: Page) => page.getByRole('dialog', { name: 'Picture', exact: true });
const field = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true });

async function compose(page: Page): Promise<void> {
  await signIn(page, WHO);
  await expect(row(page, 'Lunch')).toBeVisible();
  await page.getByRole('button', { name: 'New message' }).first().click();
  await expect(field(page, 'To')).toBeFocused();
}

/** A picture of that width comes in as a browser would hand it over. */
async function comes(
  page: Page,
  how: 'drop' | 'paste',
  name: string,
  width: number,
): Promise<void> {
  const colour = how === 'drop' ? '#1f7a4d' : '#b3541e';
  await body(page).evaluate(
    async (surface, [way, file, wide, fill]) => {
      const canvas = document.createElement('canvas');
      canvas.width = wide;
      canvas.height = Math.round(wide / 2);
      const pen = canvas.getContext('2d')!;
      pen.fillStyle = fill;
      pen.fillRect(0, 0, canvas.width, canvas.height);
      const bytes = await new Promise<Blob>((done) => canvas.toBlob((b) => done(b!), 'image/png'));
      const data = new DataTransfer();
      data.items.add(new File([bytes], file, { type: 'image/png' }));
      const { left, top } = surface.getBoundingClientRect();
      const place = { clientX: left + 400, clientY: top + 24 };
      const common = { bubbles: true, cancelable: true };
      if (way === 'drop')
        surface.dispatchEvent(new DragEvent('drop', { dataTransfer: data, ...place, ...common }));
      else surface.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, ...common }));
    },
    [how, name, width, colour] as const,
  );
}

async function words(page: Page, text: string, width?: RegExp): Promise<void> {
  await expect(asked(page)).toBeVisible();
  await asked(page).getByLabel('What it shows').fill(text);
  if (width) {
    const select = asked(page).getByLabel('Width');
    const offered = await select.locator('option').allTextContents();
    await select.selectOption({ label: offered.find((one) => width.test(one))! });
  }
  await asked(page).getByRole('button', { name: 'OK' }).click();
  await expect(asked(page)).toHaveCount(0);
}

test('pictures by drop, paste and button lie in the text, and come again', async ({ page }) => {
  test.setTimeout(300_000);
  await compose(page);
  await field(page, 'To').fill(person(WHO).address);
  await field(page, 'To').press('Enter');
  await page.getByLabel('Subject').fill('The bridge in pictures');
  await body(page).click();
  await page.keyboard.type('See here: ');

  await comes(page, 'drop', 'drop.png', 900);
  await expect(asked(page)).toBeVisible();
  await expect(asked(page).getByLabel('What it shows')).toBeFocused();
  await accessible(page);
  await pictures2(page, 'picture-words');
  await words(page, 'The old bridge', /^Medium/);
  await comes(page, 'paste', 'image.png', 200);
  await words(page, 'A crack');
  const chooser = page.waitForEvent('filechooser');
  await body(page).press('Control+End');
  await page.keyboard.press('Enter');
  await page.keyboard.type('And a dot:');
  await page.getByRole('button', { name: 'Picture', exact: true }).click();
  const small = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk' +
      '+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  await (await chooser).setFiles({ name: 'dot.png', mimeType: 'image/png', buffer: small });
  await words(page, '');
  const shown = body(page).locator('img');
  await expect(shown).toHaveCount(3);
  await expect(body(page).getByAltText('The old bridge')).toHaveAttribute('width', '320');
  await expect(page.getByRole('list', { name: 'Attachments' })).toHaveCount(0);
  await pictures2(page, 'picture-in-text');

  // By keyboard: the picture at the cursor is asked about again.
  await body(page).press('Control+Home');
  for (let i = 0; i < 'See here: '.length; i++) await page.keyboard.press('ArrowRight');
  await page.getByRole('button', { name: 'Picture', exact: true }).click();
  await expect(asked(page).getByLabel('What it shows')).toHaveValue('The old bridge');
  await words(page, 'The old bridge in May');
  // By a click on it.
  const { x, y } = (await body(page).getByAltText('A crack').boundingBox())!;
  await page.mouse.click(x + 5, y + 5);
  await expect(asked(page).getByLabel('What it shows')).toHaveValue('A crack');
  await page.keyboard.press('Escape');
  await expect(asked(page)).toHaveCount(0);

  // A draft of another day.
  await expect(page.getByText('Draft saved')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(body(page)).toHaveCount(0);
  await page
    .getByRole('navigation')
    .getByRole('button', { name: /^Drafts/ })
    .click();
  await row(page, 'The bridge in pictures').click();
  await page.getByRole('button', { name: 'Continue the draft' }).click();
  const old = body(page).getByAltText('The old bridge in May');
  await expect(old).toBeVisible();
  expect(await old.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(900);
  await expect(shown).toHaveCount(3);
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();

  const { parts, defects } = readByPython(await rawOf(page, 'The bridge in pictures'));
  expect(defects).toEqual([]);
  const html = parts.find((part) => part.type === 'text/html')!;
  expect(html.within.at(-1)).toBe('multipart/related');
  const files = parts.filter((part) => part.type === 'image/png');
  expect(files.map((part) => part.name).sort()).toEqual(['dot.png', 'drop.png', 'image.png']);
  for (const { within, disposition, cid } of files) {
    expect(within).toEqual(html.within);
    expect(disposition).toBe('inline');
    expect(html.text).toContain(`src="cid:${cid}"`);
  }
  expect(html.text).toContain('alt="The old bridge in May"');
  expect(html.text).not.toContain('blob:');
  expect(files.find((part) => part.name === 'dot.png')!.size).toBe(small.length);

  // It is shown to who gets it, and in the answer.
  await page
    .getByRole('navigation')
    .getByRole('button', { name: /^Inbox/ })
    .click();
  await row(page, 'The bridge in pictures').click({ timeout: 60_000 });
  const frame = page.getByRole('article').frameLocator('iframe').first();
  const read = frame.getByAltText('The old bridge in May');
  await expect(read).toBeVisible();
  expect(await read.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(900);
  await pictures2(page, 'picture-read');
  await page.getByRole('button', { name: 'Reply', exact: true }).click();
  await page.getByRole('button', { name: /Show and edit the quoted text/ }).click();
  const quoted = body(page).locator('blockquote').getByAltText('The old bridge in May');
  await expect(quoted).toBeVisible();
  expect(await quoted.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(900);
  await page.getByLabel('Subject').fill('About the pictures');
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.').last()).toBeVisible();
  const answer = readByPython(await rawOf(page, 'About the pictures'));
  const again = answer.parts.filter((part) => part.type === 'image/png');
  expect(again).toHaveLength(3);
  for (const { within } of again) expect(within.at(-1)).toBe('multipart/related');
});

test('a picture that is taken out again is not sent; beside the text it is attached', async ({
  page,
}) => {
  await compose(page);
  await field(page, 'To').fill(person('kim').address);
  await field(page, 'To').press('Enter');
  await page.getByLabel('Subject').fill('No pictures');
  await body(page).click();
  await page.keyboard.type('None.');
  await comes(page, 'paste', 'gone.png', 64);
  await expect(asked(page)).toBeVisible();
  await asked(page).getByRole('button', { name: 'Remove the picture' }).click();
  await expect(body(page).locator('img')).toHaveCount(0);
  await page.getByLabel('Subject').evaluate((target) => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'beside.png', { type: 'image/png' }));
    target.dispatchEvent(
      new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
    );
  });
  await expect(page.getByRole('button', { name: 'Remove beside.png' })).toBeVisible();
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();
  const { parts } = readByPython(await rawOf(page, 'No pictures'));
  expect(parts.filter((part) => part.type === 'image/png').map((part) => part.name)).toEqual([
    'beside.png',
  ]);
});
