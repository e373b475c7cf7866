/// <reference lib="webworker" />
/** The page without a network, and news while it is closed: keeps the files of the page alone. */
import { clicked, told } from './told';

declare const self: ServiceWorkerGlobalScope;

const CACHE = 'page';
const LIST = '/shell.json';

async function listed(): Promise<string[]> {
  const answer = await fetch(LIST, { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`${LIST}: ${answer.status}`);
  return (await answer.json()) as string[];
}

/** Fetches what is new, and forgets what is no longer part of the page. */
async function refresh(): Promise<void> {
  const cache = await caches.open(CACHE);
  const wanted = await listed();
  const have = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
  await cache.addAll(wanted.filter((path) => !have.has(path) || !path.startsWith('/assets/')));
  const paths = new Set(wanted);
  for (const path of have) if (!paths.has(path)) await cache.delete(path);
}

/** The newest while there is a network, else the one that was kept. */
async function page(event: FetchEvent): Promise<Response> {
  try {
    const answer = await fetch(event.request);
    event.waitUntil(refresh().catch(() => undefined));
    return answer;
  } catch (error) {
    const kept = await caches.match('/');
    if (kept) return kept;
    throw error;
  }
}

async function asset(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

self.addEventListener('install', (event) => {
  event.waitUntil(refresh().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (event.request.mode === 'navigate' && url.pathname === '/') event.respondWith(page(event));
  else if (url.pathname.startsWith('/assets/') || url.pathname === '/icon.svg')
    event.respondWith(asset(event.request));
});

self.addEventListener('push', (event) => {
  const said: unknown = event.data?.json();
  if (typeof said !== 'object' || said === null) return;
  event.waitUntil(told(said, self.registration));
});

/** From a page that is open, and not looked at. */
self.addEventListener('message', (event) => {
  const said: unknown = event.data;
  if (typeof said === 'object' && said !== null) event.waitUntil(told(said, self.registration));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const place: unknown = Reflect.get(Object(event.notification.data), 'place');
  event.waitUntil(clicked(typeof place === 'string' ? place : '', self.clients));
});
