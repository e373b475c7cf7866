/** Drafts of answers that are opened again, and answers that are taken back: raj. */
import { call } from './lib/jmap';
import { expect, person, row, signIn, test, type Page } from './lib/page';

const MAIL = 'urn:ietf:params:jmap:mail';
const LETTER = `<table style="background-color:#eef" width="400"><tr>
  <td colspan="2" style="color:#c00000">Spring sale</td></tr></table>`;
const body = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

async function openFolder(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Folders' })
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .first()
    .click();
}

/** A letter in the inbox; its id. */
async function letter(page: Page, subject: string): Promise<string> {
  await expect(page.getByRole('grid')).toBeVisible();
  const boxes = await call(page, 'Mailbox/get', MAIL, { properties: ['role'] });
  const { list } = boxes as { list: { id: string; role: string | null }[] };
  const inbox = list.find((m) => m.role === 'inbox')?.id ?? '';
  const email = {
    mailboxIds: { [inbox]: true },
    from: [{ name: 'Shop', email: person('luis').address }],
    to: [{ name: null, email: person('raj').address }],
    subject,
    bodyValues: { h: { value: LETTER } },
    htmlBody: [{ partId: 'h', type: 'text/html' }],
  };
  const made = await call(page, 'Email/set', MAIL, { create: { m: email } });
  return (made as { created: { m: { id: string } } }).created.m.id;
}

async function keywords(page: Page, id: string): Promise<string[]> {
  const args = { ids: [id], properties: ['keywords'] };
  const { list } = (await call(page, 'Email/get', MAIL, args)) as {
    list: { keywords: Record<string, boolean> }[];
  };
  return Object.keys(list[0]?.keywords ?? {}).filter((k) => /answered|forwarded/.test(k));
}

test('a forward that is opened again is as it came, and marks what it passes on', async ({
  page,
}) => {
  await signIn(page, 'raj');
  const id = await letter(page, 'Spring');
  await row(page, 'Spring').first().click({ button: 'right' });
  await page.getByRole('menuitem', { name: /^Forward(?! as)/ }).click();
  const to = page.getByRole('combobox', { name: 'To' });
  await to.fill(person('luis').address);
  await to.press('Enter');
  await body(page).click();
  await page.keyboard.type('See this.');
  await expect(page.getByText('Draft saved')).toBeVisible();
  await page.keyboard.press('Escape');
  await openFolder(page, 'Drafts');
  await row(page, 'Fwd: Spring').click();
  await page.getByRole('button', { name: 'Continue the draft' }).click();
  await expect(body(page)).toContainText('See this.');
  await expect(body(page)).not.toContainText('Spring sale'); // quoted, below
  await expect(page.getByRole('button', { name: /Show and edit the quoted text/ })).toBeVisible();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(page.getByText('The message is sent.')).toBeVisible();
  await expect.poll(() => keywords(page, id)).toEqual(['$forwarded']);
  const found = await call(page, 'Email/query', MAIL, { filter: { subject: 'Fwd: Spring' } });
  const got = await call(page, 'Email/get', MAIL, {
    ids: found['ids'],
    properties: ['bodyValues'],
    fetchHTMLBodyValues: true,
  });
  const sent = JSON.stringify(got['list']);
  expect(sent).toContain('See this.');
  expect(sent).toMatch(/colspan=..2/);
  expect(sent).toMatch(/color: ?#c00000|color: ?rgb\(192, 0, 0\)/);
});

test('an answer that is taken back has answered nothing', async ({ page }) => {
  await signIn(page, 'raj');
  const id = await letter(page, 'Autumn');
  await row(page, 'Autumn').first().click();
  await page.getByRole('button', { name: 'Reply', exact: true }).first().click();
  await body(page).click();
  await page.keyboard.type('No, thanks.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect.poll(() => keywords(page, id)).toEqual(['$answered']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(body(page)).toContainText('No, thanks.');
  await expect.poll(() => keywords(page, id)).toEqual([]);
  await page.getByRole('button', { name: 'Discard draft' }).click();
});
