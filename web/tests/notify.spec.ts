import { accessible, expect, pictures2, row, signIn, test, type Page } from './lib/page';
import { deliver } from './lib/server';

async function openNotify(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Notifications' }).click();
  await expect(page.getByRole('heading', { name: 'Notifications', level: 2 })).toBeVisible();
}

const onSwitch = (page: Page) => page.getByRole('switch', { name: 'Tell me of new mail' });

/** Titles and texts of the notifications that are shown. */
function notes(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const worker = await navigator.serviceWorker.ready;
    return (await worker.getNotifications()).map((note) => `${note.title}: ${note.body}`);
  });
}

/** A push service that gives an address, since a browser of a test reaches none. */
async function pretendService(page: Page): Promise<void> {
  const key =
    'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUz' + 'ORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4';
  await page.addInitScript((key) => {
    const fake = {
      endpoint: 'https://push.example.com/of/this/browser',
      unsubscribe: () => Promise.resolve(true),
      toJSON: () => ({
        endpoint: fake.endpoint,
        keys: {
          p256dh: key,
          auth: 'BTBZMqHH6r4Tts7J_aSIgg',
        },
      }),
    };
    const asked: unknown[] = [];
    Reflect.set(window, 'asked', asked);
    PushManager.prototype.getSubscription = () => Promise.resolve(null);
    PushManager.prototype.subscribe = (options) => {
      asked.push(options?.userVisibleOnly, options?.applicationServerKey);
      return Promise.resolve(fake as unknown as PushSubscription);
    };
  }, key);
}

async function subscriptions(page: Page): Promise<{ id: string; types: string[] | null }[]> {
  return page.evaluate(async () => {
    const answer = await fetch('/jmap/api', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Postroad-Request': '1' },
      body: JSON.stringify({
        using: ['urn:ietf:params:jmap:core'],
        methodCalls: [['PushSubscription/get', { ids: null }, '0']],
      }),
    });
    const said = (await answer.json()) as {
      methodResponses: [string, { list: { id: string; types: string[] | null }[] }, string][];
    };
    return said.methodResponses[0]?.[1].list ?? [];
  });
}

test('nobody is asked before they want it; who says no is told what to do', async ({ page }) => {
  await page.addInitScript(() => {
    Reflect.set(window, 'requests', 0);
    Notification.requestPermission = () => {
      Reflect.set(window, 'requests', Number(Reflect.get(window, 'requests')) + 1);
      Object.defineProperty(Notification, 'permission', { value: 'denied' });
      return Promise.resolve('denied');
    };
  });
  await signIn(page, 'uma');
  await expect(row(page, 'Lunch')).toBeVisible();
  await openNotify(page);
  expect(await page.evaluate(() => Number(Reflect.get(window, 'requests')))).toBe(0);
  await accessible(page);
  await pictures2(page, 'settings-notify');
  await onSwitch(page).click();
  await expect(page.getByText('This browser does not allow notifications')).toBeVisible();
  await expect(onSwitch(page)).not.toBeChecked();
  expect(await page.evaluate(() => Number(Reflect.get(window, 'requests')))).toBe(1);
});

test('new mail is told while one looks elsewhere, and by push while the page is closed', async ({
  page,
  context,
}) => {
  test.setTimeout(180_000);
  await context.grantPermissions(['notifications']);
  await pretendService(page);
  await page.addInitScript(() => (document.hasFocus = () => !Reflect.get(window, 'away')));
  await signIn(page, 'vic');
  await expect(row(page, 'Lunch')).toBeVisible();
  await openNotify(page);
  await onSwitch(page).check();
  await expect.poll(() => subscriptions(page)).toHaveLength(1);
  expect((await subscriptions(page))[0]?.types).toEqual(['EmailDelivery']);
  const [visible, bytes] = await page.evaluate(() => {
    const [a, b] = Reflect.get(window, 'asked') as [boolean, Uint8Array];
    return [a, b.length];
  });
  expect([visible, bytes]).toEqual([true, 65]); // an uncompressed point of P-256 (RFC 8292)
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  deliver('vic', { from: 'Ann Lee <ann@e2e.example>', subject: 'While I look', text: 'One.' });
  await expect(row(page, 'While I look')).toBeVisible({ timeout: 60_000 });
  expect(await notes(page)).toEqual([]);
  await page.evaluate(() => Reflect.set(window, 'away', true));
  deliver('vic', { from: 'Ann Lee <ann@e2e.example>', subject: 'While away', text: 'Two.' });
  await expect.poll(() => notes(page), { timeout: 60_000 }).toEqual(['Ann Lee: While away\nTwo.']);

  await page.evaluate(async () => {
    const worker = await navigator.serviceWorker.ready;
    for (const note of await worker.getNotifications()) note.close();
  });
  await byPush(page);
});

interface Versions {
  versions: { registrationId: string; status: string }[];
}

/** What the browser's push service would bring: the worker itself is asked, by DevTools. */
async function byPush(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const known = new Promise<string>((found) => {
    devtools.on('ServiceWorker.workerVersionUpdated', ({ versions }: Versions) => {
      const active = versions.find((one) => one.status === 'activated');
      if (active) found(active.registrationId);
    });
  });
  await devtools.send('ServiceWorker.enable');
  const registrationId = await known;
  const origin = new URL(page.url()).origin;
  const push = (data: unknown) =>
    devtools.send('ServiceWorker.deliverPushMessage', {
      origin,
      registrationId,
      data: JSON.stringify(data),
    });
  const session = await page.evaluate(async () => {
    const answer = await fetch('/jmap/session');
    return (await answer.json()) as { primaryAccounts: Record<string, string> };
  });
  const own = session.primaryAccounts['urn:ietf:params:jmap:mail'] ?? '';
  await push({ '@type': 'StateChange', changed: { [own]: { EmailDelivery: '1' } } });
  await expect.poll(() => notes(page), { timeout: 60_000 }).toEqual(['Ann Lee: While away\nTwo.']);

  const place = await page.evaluate(async () => {
    const [note] = await (await navigator.serviceWorker.ready).getNotifications();
    return String(Reflect.get(Object(note?.data), 'place'));
  });
  const [worker] = page.context().serviceWorkers();
  await worker?.evaluate(async () => {
    const scope = globalThis as unknown as ServiceWorkerGlobalScope;
    const [note] = await scope.registration.getNotifications();
    if (note)
      scope.dispatchEvent(new NotificationEvent('notificationclick', { notification: note }));
  });
  await expect(page.getByRole('article', { name: 'While away' })).toBeVisible({ timeout: 60_000 });
  expect(page.url()).toContain(place);
}
