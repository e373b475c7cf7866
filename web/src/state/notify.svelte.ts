/**
 * Notifications of new mail on this device. The service worker makes them (offline/told.ts), woken
 * by the page while it is open, else by Web Push.
 */
import type { Client } from '../jmap/client';
import type { Changed } from '../jmap/push';
import { go, readPlace } from './place.svelte';
import { prefs, setPref } from './prefs.svelte';

const MAIL = 'urn:ietf:params:jmap:mail';
const VAPID = 'urn:ietf:params:jmap:webpush-vapid';
const DEVICE = 'postroad.device'; // what the server calls this browser

interface PushSubscriptionObject {
  id: string;
  deviceClientId: string;
  expires: string | null;
}

declare module '../jmap/methods' {
  interface Methods {
    'PushSubscription/get': [{ ids?: string[] | null }, { list: PushSubscriptionObject[] }];
    'PushSubscription/set': [Omit<SetArguments, 'accountId'>, SetAnswer<PushSubscriptionObject>];
  }
}

export type Told = 'off' | 'on' | 'denied' | 'missing';

/** What this browser lets us do. */
export function permission(): Told {
  if (!('Notification' in window) || !('serviceWorker' in navigator)) return 'missing';
  if (Notification.permission === 'denied') return 'denied';
  return prefs.notify && Notification.permission === 'granted' ? 'on' : 'off';
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function device(): string {
  const known = localStorage.getItem(DEVICE);
  const id = known ?? crypto.randomUUID();
  if (!known) localStorage.setItem(DEVICE, id);
  return id;
}

/** Takes what the server knows of this browser away. */
async function forget(client: Client): Promise<void> {
  const { list } = await client.call('PushSubscription/get', { ids: null });
  const own = list.filter((one) => one.deviceClientId === device()).map(({ id }) => id);
  if (own.length) await client.call('PushSubscription/set', { destroy: own });
}

const RENEW_MS = 7 * 24 * 3600_000; // the server keeps it for 14 days

/** Whether the server can reach this browser for some days to come. */
async function isFresh(client: Client, worker: ServiceWorkerRegistration): Promise<boolean> {
  if (!(await worker.pushManager.getSubscription())) return false;
  const { list } = await client.call('PushSubscription/get', { ids: null });
  const own = list.find((one) => one.deviceClientId === device());
  return own !== undefined && Date.parse(own.expires ?? '') > Date.now() + RENEW_MS;
}

/** Tells the server how to reach this browser when the page is closed (RFC 8620 section 7.2). */
async function subscribe(client: Client): Promise<void> {
  const key: unknown = client.session.capabilities[VAPID]?.['applicationServerKey'];
  const worker = await navigator.serviceWorker.ready;
  if (typeof key !== 'string' || !('pushManager' in worker)) return;
  if (await isFresh(client, worker)) return;
  const made = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytesOf(key),
  });
  const { endpoint, keys } = made.toJSON();
  if (!endpoint || !keys) return;
  await forget(client);
  const browser = { deviceClientId: device(), url: endpoint, keys, types: ['EmailDelivery'] };
  await client.call('PushSubscription/set', { create: { browser } });
}

/** Asked by a click, never by itself. Returns what came of it. */
export async function turnOn(client: Client): Promise<Told> {
  if (permission() === 'missing') return 'missing';
  if ((await Notification.requestPermission()) !== 'granted') return permission();
  setPref('notify', true);
  await subscribe(client).catch(() => undefined); // without a push service, while the page is open
  return 'on';
}

export async function turnOff(client: Client): Promise<void> {
  setPref('notify', false);
  const worker = await navigator.serviceWorker?.getRegistration();
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
  await forget(client).catch(() => undefined);
}

/** Told of every change: of new mail the worker tells the person while they look elsewhere. */
export async function heard(client: Client, changed: Changed): Promise<void> {
  const own = client.session.primaryAccounts[MAIL] ?? '';
  if (!changed?.[own]?.['EmailDelivery'] || permission() !== 'on' || document.hasFocus()) return;
  const worker = await navigator.serviceWorker.getRegistration();
  worker?.active?.postMessage({ '@type': 'StateChange', changed: { [own]: changed[own] } });
}

/** What the push service said is renewed in time. */
export function beginNotifying(client: Client): void {
  if (permission() === 'on') void subscribe(client).catch(() => undefined);
}

navigator.serviceWorker?.addEventListener('message', (event: MessageEvent<unknown>) => {
  const place: unknown = Reflect.get(Object(event.data), 'place');
  if (typeof place === 'string') go(readPlace(place));
});
