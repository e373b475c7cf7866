import { accessible, expect, picture, pictures2, row, signIn, test, type Page } from './lib/page';
import { call } from './lib/jmap';
import { deliver, deliverRaw } from './lib/server';

const WHO = 'nia';
const LONG = { timeout: 60_000 };
const NOBODY_OPENS = 'Select a message to read it';
const SNOOZE = 'https://postroad.org/jmap/snooze';

function send(subject: string, from = 'Ann Lee <ann@e2e.example>'): void {
  deliver(WHO, { from, subject, text: `${subject}, in short.` });
}

const tree = (page: Page) => page.getByRole('navigation', { name: 'Folders' });
const item = (page: Page, name: string | RegExp) => page.getByRole('menuitem', { name });
const told = (page: Page, words: string | RegExp) => page.getByRole('status').getByText(words);

async function go(page: Page, folder: string): Promise<void> {
  await tree(page)
    .getByRole('button', { name: new RegExp(`^${folder}`) })
    .click();
  await expect(page.getByRole('heading', { name: folder, level: 1 })).toBeVisible();
}

test('the other button, the key and the button open the same menu', async ({ page }) => {
  send('About the menu');
  await signIn(page, WHO);
  await row(page, 'About the menu').click({ button: 'right' });
  const menu = page.getByRole('menu', { name: 'What to do with it' });
  await expect(item(page, /^Reply R/)).toBeFocused();
  await expect(page.getByText(NOBODY_OPENS)).toBeVisible(); // nothing opens (P13)
  await accessible(page);
  await pictures2(page, 'menu');
  await page.keyboard.press('End');
  await expect(item(page, 'Report phishing')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);

  await page.getByRole('grid').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('.');
  await expect(item(page, /^Reply R/)).toBeFocused();
  await item(page, /^Label/).press('Enter');
  await expect(page.getByRole('menuitemcheckbox').first()).toBeFocused();
  await accessible(page);
  await page.keyboard.press('ArrowLeft');
  await expect(item(page, /^Reply R/)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('grid')).toBeFocused();

  await row(page, 'About the menu').click();
  await page.getByRole('article').getByRole('button', { name: 'All actions' }).click();
  await expect(menu).toBeVisible();
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 390, height: 780 });
  await page.getByRole('article').getByRole('button', { name: 'All actions' }).click();
  await expect(item(page, 'Report phishing')).toBeInViewport();
  await accessible(page);
  await pictures2(page, 'menu-phone');
});

test('what is put off waits in its folder, can be had back, and comes by itself', async ({
  page,
}) => {
  test.setTimeout(180_000);
  send('To be put off');
  await signIn(page, WHO);
  const mail = row(page, 'To be put off');
  await mail.hover();
  await mail.getByRole('button', { name: 'Snooze' }).click();
  await picture(page, 'snooze');
  await item(page, /^Tomorrow/).click();
  await expect(told(page, /^Snoozed until/)).toBeVisible();
  await expect(mail).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(mail).toBeVisible();

  // Again, by keys alone.
  await page.getByRole('grid').focus();
  await page.keyboard.press('k');
  await page.keyboard.press('b');
  await expect(item(page, /Tomorrow|Later today/).first()).toBeFocused();
  await item(page, /^Next week/).press('Enter');
  await expect(mail).toHaveCount(0);
  await go(page, 'Snoozed');
  await expect(mail.getByTitle(/^Comes back .*8:00/)).toBeVisible();
  await accessible(page);
  await pictures2(page, 'snoozed');

  const list = (await call(page, 'Snooze/get', SNOOZE, {}))['list'] as { id: string }[];
  const until = new Date(Date.now() + 2000).toISOString().replace(/\.\d+Z/, 'Z');
  await call(page, 'Snooze/set', SNOOZE, { update: { [list[0]!.id]: { until } } });
  await expect(mail).toHaveCount(0, LONG);
  await go(page, 'Inbox');
  await expect(mail).toContainText('Unread');
});

test('until a time of one’s own, and back at once', async ({ page }) => {
  send('For next year');
  await signIn(page, WHO);
  await row(page, 'For next year').click({ button: 'right' });
  await item(page, /^Snooze/).click();
  await item(page, 'Choose a time…').click();
  const when = page.getByLabel('When it comes back');
  await when.fill('2001-01-01T10:00');
  await expect(page.getByText('Choose a time that lies ahead')).toBeVisible();
  await expect(
    page.getByRole('dialog').getByRole('button', { name: 'Snooze', exact: true }),
  ).toBeDisabled();
  await accessible(page);
  await pictures2(page, 'snooze-own');
  await when.fill(`${new Date().getFullYear() + 1}-06-01T09:15`);
  await page.keyboard.press('Enter');
  await expect(told(page, /^Snoozed until .*9:15/)).toBeVisible();
  await go(page, 'Snoozed');
  await row(page, 'For next year').click({ button: 'right' });
  await item(page, /^Snooze/).click();
  await item(page, 'Bring back now').click();
  await expect(told(page, 'Brought back')).toBeVisible();
  await go(page, 'Inbox');
  await expect(row(page, 'For next year')).toBeVisible();
});

test('a sender is blocked, and may write again', async ({ page }) => {
  send('Buy now', 'Pushy Seller <pushy@shop.example>');
  await signIn(page, WHO);
  await row(page, 'Buy now').click({ button: 'right' });
  await item(page, 'Block Pushy Seller').click();
  await expect(told(page, 'Pushy Seller is blocked, and the mail is in junk')).toBeVisible(LONG);
  await expect(row(page, 'Buy now')).toHaveCount(0);
  const blocked = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Blocked senders' }).click();
  };
  await page.keyboard.press('z');
  await expect(row(page, 'Buy now')).toBeVisible(LONG);
  await blocked();
  await expect(page.getByText('Nobody is blocked.')).toBeVisible();
  await page.keyboard.press('Escape');
  await row(page, 'Buy now').click({ button: 'right' });
  await item(page, 'Block Pushy Seller').click();
  await expect(row(page, 'Buy now')).toHaveCount(0, LONG);
  await blocked();
  await expect(page.getByText('pushy@shop.example')).toBeVisible();
  await page.getByRole('button', { name: 'Unblock' }).click();
  await expect(page.getByText('Nobody is blocked.')).toBeVisible();
});

test('phishing is reported with the original, and can be taken back', async ({ page, browser }) => {
  test.setTimeout(180_000);
  send('Your mailbox is full', 'IT Desk <it@desk-help.example>');
  await signIn(page, WHO);
  await row(page, 'Your mailbox is full').click({ button: 'right' });
  await item(page, 'Report phishing').click();
  await expect(told(page, 'Reported as phishing')).toBeVisible(LONG);
  await expect(row(page, 'Your mailbox is full')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row(page, 'Your mailbox is full')).toBeVisible(LONG);
  await go(page, 'Drafts');
  await expect(page.getByText('Nothing here')).toBeVisible();
  await go(page, 'Inbox');
  await row(page, 'Your mailbox is full').click({ button: 'right' });
  await item(page, 'Report phishing').click();
  await expect(row(page, 'Your mailbox is full')).toHaveCount(0);
  await go(page, 'Junk');
  await expect(row(page, 'Your mailbox is full')).toBeVisible(LONG);

  const other = await browser.newContext({ ignoreHTTPSErrors: true });
  const desk = await other.newPage();
  await desk.goto(page.url().replace(/#.*/, ''));
  await signIn(desk, 'raj');
  await expect(row(desk, 'Phishing report: Your mailbox')).toHaveCount(1, { timeout: 90_000 });
  await row(desk, 'Phishing report: Your mailbox').click();
  await expect(desk.getByRole('article').getByText('1.eml')).toBeVisible();
  await other.close();
});

test('many at once, and undone at once', async ({ page }) => {
  for (const n of ['one', 'two', 'three']) send(`Bundle ${n}`);
  await signIn(page, WHO);
  for (const n of ['one', 'two', 'three'])
    await row(page, `Bundle ${n}`).getByRole('checkbox').click();
  const undo = async (): Promise<void> => {
    await page.keyboard.press('z');
    await expect(told(page, /^Undone/).last()).toBeVisible();
    await expect(row(page, 'Bundle')).toHaveCount(3);
    for (const n of ['one', 'two', 'three'])
      await row(page, `Bundle ${n}`).getByRole('checkbox').click();
    await expect(page.getByText('3 selected')).toBeVisible();
  };
  for (const name of [/^Archive/, /^Delete/, /^Junk/]) {
    await row(page, 'Bundle two').click({ button: 'right' });
    await expect(page.getByRole('menu').getByText('3 selected')).toBeVisible();
    await item(page, name).click();
    await expect(row(page, 'Bundle')).toHaveCount(0);
    await undo();
  }
  await row(page, 'Bundle two').click({ button: 'right' });
  await item(page, /^Snooze/).click();
  await item(page, /^Tomorrow/).click();
  await expect(told(page, /^3 snoozed until/)).toBeVisible();
  await undo();
  await page.keyboard.press('.');
  await item(page, 'Pin').click();
  await expect(row(page, 'Bundle').getByTitle('Pinned')).toHaveCount(3);
  await expect(page.getByRole('row').nth(2)).toContainText('Bundle');
});

test('after closing, deleting, moving and all the others nothing opens (P13)', async ({ page }) => {
  const names = ['close', 'delete', 'move', 'archive', 'junk', 'snooze'];
  for (const name of names) send(`Then ${name}`);
  await signIn(page, WHO);
  const article = page.getByRole('article');
  const button = (name: string) => article.getByRole('button', { name, exact: true });
  const acts: Record<string, () => Promise<void>> = {
    close: () => button('Close the message').click(),
    delete: () => button('Delete').click(),
    move: async () => {
      await button('Move to').click();
      await item(page, 'Trash').click();
    },
    archive: () => button('Archive').click(),
    junk: () => button('Junk').click(),
    snooze: async () => {
      await button('Snooze').click();
      await item(page, /^Tomorrow/).click();
    },
  };
  for (const name of names) {
    await row(page, `Then ${name}`).click();
    await expect(article).toBeVisible();
    await acts[name]!();
    await expect(article).toHaveCount(0);
    await expect(page.getByText(NOBODY_OPENS)).toBeVisible();
    await expect(page.getByRole('grid')).toBeVisible();
    if (name !== 'close') await expect(row(page, `Then ${name}`)).toHaveCount(0);
    await expect(article).toHaveCount(0);
  }
});

/** Messages of one conversation, each from somebody else. */
function converse(subject: string, from: string[]): void {
  const id = Math.random().toString(36).slice(2);
  from.forEach((name, i) => {
    const when = new Date(Date.now() - (from.length - i) * 60_000).toUTCString();
    const head = [
      `From: ${name} <${name.toLowerCase()}@e2e.example>`,
      `Subject: ${i ? 'Re: ' : ''}${subject}`,
      `Date: ${when}`,
      `Message-ID: <${id}-${i}@e2e.example>`,
      ...(i ? [`In-Reply-To: <${id}-0@e2e.example>`, `References: <${id}-0@e2e.example>`] : []),
    ];
    deliverRaw(WHO, `${head.join('\n')}\n\nWords of ${name}.\n`);
  });
}

test('one message of a conversation, by itself', async ({ page }) => {
  converse('Trip to the coast', ['Abel', 'Bea', 'Cleo']);
  await signIn(page, WHO);
  const trip = row(page, 'Trip to the coast');
  await expect(trip).toContainText('3');
  await trip.click();
  const article = page.getByRole('article');
  const one = (name: string) => article.getByRole('group', { name: new RegExp(`^From ${name},`) });
  const words = (name: string) =>
    one(name).locator('iframe').contentFrame().getByText(`Words of ${name}.`);
  for (const name of ['Abel', 'Bea', 'Cleo']) await expect(words(name)).toBeVisible();

  await one('Bea').getByRole('button', { name: 'More actions' }).click();
  await expect(item(page, 'Show original source')).toBeVisible();
  await expect(page.getByRole('menu').getByText('This message alone')).toBeVisible();
  await accessible(page);
  await pictures2(page, 'message-menu');
  await item(page, /^Delete/).click();
  await expect(told(page, 'Moved to trash')).toBeVisible();
  await expect(one('Bea')).toHaveCount(0);
  await expect(words('Abel')).toBeVisible();
  await expect(words('Cleo')).toBeVisible();
  await expect(trip.getByTitle('2 messages')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(one('Bea')).toBeVisible();
  await expect(trip.getByTitle('3 messages')).toBeVisible();

  // By keys: the menu is of the message that they are in.
  await one('Abel').getByRole('button', { name: 'Details' }).focus();
  await page.keyboard.press('.');
  await expect(item(page, 'Show original source')).toBeVisible();
  await item(page, /^Flag/).press('Enter');
  await expect(one('Abel').getByTitle('Flagged')).toBeVisible();
  await expect(one('Cleo').getByTitle('Flagged')).toHaveCount(0);
  await one('Abel').getByRole('button', { name: 'Details' }).focus();
  await page.keyboard.press('r');
  await expect(page.getByRole('button', { name: 'Remove Abel' })).toBeVisible();
  await page.getByRole('button', { name: 'Discard draft' }).click();

  // The newest goes, and the rest stays where it is; nothing else is opened (P13).
  await one('Cleo').getByRole('button', { name: 'More actions' }).click();
  await item(page, /^Move to/).click();
  await item(page, 'Trash').click();
  await expect(page.getByRole('status').getByText('Moved to Trash', { exact: true })).toBeVisible();
  await expect(one('Cleo')).toHaveCount(0);
  await expect(words('Abel')).toBeVisible();
  await expect(trip.getByTitle('2 messages')).toBeVisible();
  await one('Abel').getByRole('button', { name: 'More actions' }).click();
  await item(page, /^Mark as (un)?read/).click();
  await page.getByRole('button', { name: 'Close the message' }).click();
  await page.reload();
  await expect(trip.getByTitle('2 messages')).toBeVisible();
  await expect(trip.getByTitle('Flagged')).toBeVisible();
});
