/** Writing for a mailbox that one shares with others: ada, and the roof team. */
import { call, accountNamed } from './lib/jmap';
import {
  accessible,
  expect,
  person,
  pictures2,
  row,
  signIn,
  test,
  type Locator,
  type Page,
} from './lib/page';
import { cli } from './lib/server';

const TEAM = 'roofs@e2e.example';
const MAIL = 'urn:ietf:params:jmap:mail';
const body = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const from = (page: Page) => page.getByLabel('From', { exact: true });

/** The folders of the account of that name: the list behind its heading. */
function folders(page: Page, account: RegExp): Locator {
  const tree = page.getByRole('navigation', { name: 'Folders' });
  return tree.getByRole('heading', { name: account }).locator('xpath=following-sibling::ul[1]');
}

async function openTeam(page: Page, folder = 'Inbox'): Promise<void> {
  await folders(page, /roof/i)
    .getByRole('button', { name: new RegExp(`^${folder}`) })
    .click();
}

async function openOwn(page: Page, folder: string): Promise<void> {
  const tree = page.getByRole('navigation', { name: 'Folders' });
  await tree
    .locator('ul')
    .first()
    .getByRole('button', { name: new RegExp(`^${folder}`) })
    .click();
}

test('who may not send for a mailbox answers as themselves, and it is marked there', async ({
  page,
}) => {
  await signIn(page, 'ada');
  await openTeam(page);
  await row(page, 'roof of the depot').click();
  await page.getByRole('button', { name: 'Reply', exact: true }).click();
  await expect(page.getByLabel('Subject')).toHaveValue('Re: The roof of the depot');
  await expect(page.getByRole('button', { name: 'Remove Luis Ortega' })).toBeVisible();
  await expect(from(page)).toHaveCount(0); // there is but one
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();
  await expect(row(page, 'roof of the depot').getByTitle('Answered')).toBeVisible();
  await openOwn(page, 'Sent');
  await row(page, 'Re: The roof of the depot').click();
  await expect(page.getByRole('article')).toContainText(person('ada').address);
});

test('who may send for it answers as it', async ({ page }) => {
  cli(['sendas', 'grant', TEAM, person('ada').address]);
  await signIn(page, 'ada');
  await openTeam(page);
  await row(page, 'roof of the depot').click();
  await page.getByRole('button', { name: 'Reply to all' }).click();
  await expect(page.getByRole('button', { name: 'Remove Kim Ito' })).toBeVisible();
  await expect(page.getByRole('button', { name: /Remove Roof team/ })).toHaveCount(0);
  await expect(from(page).locator('option:checked')).toHaveText(/roofs@e2e\.example/);
  await expect(from(page).locator('option')).toHaveCount(2);
  await body(page).click();
  await page.keyboard.type('We come on Monday.');
  await accessible(page);
  await pictures2(page, 'answer-shared');
  await page.setViewportSize({ width: 390, height: 800 });
  await pictures2(page, 'answer-shared-phone');
  await page.setViewportSize({ width: 1360, height: 860 });
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();
  await openOwn(page, 'Sent');
  await row(page, 'We come on Monday').click();
  await expect(page.getByRole('article')).toContainText(TEAM);
});

test('what is passed on takes its file and its pictures along', async ({ page }) => {
  await signIn(page, 'ada');
  await openTeam(page);
  await row(page, 'roof of the depot').click({ button: 'right' });
  await page.getByRole('menuitem', { name: /^Forward(?! as)/ }).click();
  await expect(page.getByRole('button', { name: 'Remove where.txt' })).toBeVisible();
  await page.getByRole('button', { name: /Show and edit the quoted text/ }).click();
  await expect(body(page).locator('img[alt="the roof"]')).toBeVisible();
  const to = page.getByRole('combobox', { name: 'To' });
  await to.fill(person('eva').address);
  await to.press('Enter');
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();
  await openOwn(page, 'Sent');
  await row(page, 'Fwd: The roof of the depot').click();
  await expect(page.getByRole('article')).toContainText('where.txt');
  await page.getByRole('article').getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Show original source' }).click();
  const source = page.getByRole('dialog');
  await expect(source).toContainText('bm9ydGggc2lkZSwgc2Vjb25kIGJlYW0K'); // where.txt
  await expect(source).toContainText('iVBORw0KGgoAAAANSUhEUg'); // roof.png
});

test('a draft in a mailbox of others is gone on with there, and sent', async ({ page }) => {
  await signIn(page, 'ada');
  const accountId = await accountNamed(page, 'roofs').then(
    (id) => id || accountNamed(page, 'Roof'),
  );
  const boxes = await call(page, 'Mailbox/get', MAIL, { accountId, properties: ['role'] });
  const { list } = boxes as { list: { id: string; role: string | null }[] };
  const drafts = list.find((m) => m.role === 'drafts')?.id ?? '';
  const made = await call(page, 'Email/set', MAIL, {
    accountId,
    create: {
      d: {
        mailboxIds: { [drafts]: true },
        keywords: { $draft: true, $seen: true },
        from: [{ name: null, email: TEAM }],
        to: [{ name: 'Eva Roe', email: person('eva').address }],
        subject: 'Offer for tiles',
        bodyValues: { t: { value: 'We need four hundred.\n' } },
        textBody: [{ partId: 't', type: 'text/plain' }],
      },
    },
  });
  expect(made['created']).not.toBeNull();
  await openTeam(page, 'Drafts');
  await row(page, 'Offer for tiles').click();
  await page.getByRole('button', { name: 'Continue the draft' }).click();
  await expect(body(page)).toHaveValue(/four hundred/);
  await expect(from(page).locator('option:checked')).toHaveText(/roofs@e2e\.example/);
  await body(page).fill('We need five hundred.');
  await page.locator('input[type=file]').setInputFiles({
    name: 'tiles.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('red, flat\n'),
  });
  await expect(page.getByRole('button', { name: 'Remove tiles.txt' })).toBeVisible();
  await expect(page.getByRole('progressbar')).toHaveCount(0);
  await expect(page.getByText('Draft saved')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(row(page, 'five hundred')).toBeVisible(); // of the team's drafts
  await openOwn(page, 'Drafts');
  await expect(page.getByText('Nothing here')).toBeVisible();
  await openTeam(page, 'Drafts');
  await row(page, 'five hundred').click();
  await page.getByRole('button', { name: 'Continue the draft' }).click();
  await expect(page.getByRole('button', { name: 'Remove tiles.txt' })).toBeVisible();
  await body(page).press('Control+Enter');
  await expect(page.getByText('The message is sent.')).toBeVisible();
  await expect(page.getByText('Nothing here')).toBeVisible();
  await openOwn(page, 'Sent');
  await row(page, 'Offer for tiles').click();
  await expect(page.getByRole('article')).toContainText('tiles.txt');
  await expect(page.getByRole('article')).toContainText(TEAM);
});

test('accounts and folders fold by keyboard, and stay folded elsewhere', async ({
  page,
  browser,
}) => {
  await signIn(page, 'ada');
  const tree = page.getByRole('navigation', { name: 'Folders' });
  const account = tree.getByRole('button', { name: /^roofs@/ });
  const inside = folders(page, /roof/i).getByRole('button', { name: /^Drafts/ });
  await expect(account).toHaveAttribute('aria-expanded', 'true');
  await expect(inside).toBeVisible();
  await inside.focus();
  await page.keyboard.press('ArrowLeft'); // to what it lies in
  await expect(account).toBeFocused();
  const kept = page.waitForResponse(
    (answer) => answer.request().postData()?.includes('Setting/set') ?? false,
  );
  await page.keyboard.press('ArrowLeft');
  await expect(account).toHaveAttribute('aria-expanded', 'false');
  await expect(inside).toBeHidden();
  await kept;
  await page.keyboard.press('ArrowUp');
  await expect(tree.getByRole('button', { name: 'Recover deleted' })).toBeFocused();
  await page.keyboard.press('Home');
  await expect(tree.getByRole('button', { name: /^ada@/ })).toBeFocused();
  await page.keyboard.press('ArrowRight'); // it is open: into it
  await expect(tree.getByRole('button', { name: /^Inbox/ }).first()).toBeFocused();
  await accessible(page);
  await pictures2(page, 'accounts-folded');
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const other = await context.newPage();
  await other.goto(page.url().replace(/#.*/, ''));
  await signIn(other, 'ada');
  const there = other.getByRole('navigation', { name: 'Folders' });
  await expect(there.getByRole('button', { name: /^roofs@/ })).toHaveAttribute(
    'aria-expanded',
    'false',
  );
  await there.getByRole('button', { name: /^roofs@/ }).focus();
  await other.keyboard.press('ArrowRight');
  await expect(folders(other, /roof/i).getByRole('button', { name: /^Drafts/ })).toBeVisible();
  await context.close();
});

test('subfolders fold by keyboard', async ({ page }) => {
  cli(['folder', 'add', person('ada').address, 'Houses/North']);
  await signIn(page, 'ada');
  const tree = page.getByRole('navigation', { name: 'Folders' });
  const north = tree.getByRole('button', { name: 'North', exact: true });
  await expect(north).toBeVisible();
  await north.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(tree.getByRole('button', { name: 'Houses', exact: true })).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(north).toHaveCount(0);
  await page.keyboard.press('ArrowRight');
  await expect(north).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(north).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'North' })).toBeVisible();
});
