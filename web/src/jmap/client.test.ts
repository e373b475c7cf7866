import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Client } from './client';
import { HttpError, MethodError, OfflineError } from './errors';
import type { Session } from './types';

const session: Session = {
  username: 'jane@example.org',
  capabilities: { 'urn:ietf:params:jmap:core': {}, 'urn:ietf:params:jmap:mail': {}, 'urn:x': {} },
  accounts: {},
  primaryAccounts: {},
  apiUrl: 'https://mail.example.org/jmap/api',
  downloadUrl: 'https://mail.example.org/d/{accountId}/{blobId}/{name}?accept={type}',
  uploadUrl: 'https://mail.example.org/u/{accountId}/',
  eventSourceUrl: 'https://mail.example.org/e?types={types}',
  state: '1',
};

interface Sent {
  path: string;
  body: { using: string[]; methodCalls: [string, Record<string, unknown>, string][] };
  headers: Record<string, string>;
}
let sent: Sent[] = [];
let answer: (calls: Sent['body']['methodCalls']) => Response;

beforeEach(() => {
  sent = [];
  vi.stubGlobal('location', { origin: 'https://localhost:1', host: 'localhost:1' });
  vi.stubGlobal('fetch', (path: string, options: RequestInit) => {
    const body = JSON.parse(String(options.body)) as Sent['body'];
    sent.push({ path, body, headers: options.headers as Record<string, string> });
    return Promise.resolve(answer(body.methodCalls));
  });
});
afterEach(() => vi.unstubAllGlobals());

test('calls of one moment are one request, and references point between them', async () => {
  answer = (calls) =>
    Response.json({ methodResponses: calls.map(([name, , id]) => [name, { name }, id]) });
  const client = new Client(session, () => undefined);
  const query = client.call('Email/query', { accountId: 'A1' });
  const get = client.call('Email/get', { accountId: 'A1', '#ids': query.ref('/ids') });
  expect(await query).toEqual({ name: 'Email/query' });
  expect(await get).toEqual({ name: 'Email/get' });
  expect(sent.length).toBe(1);
  expect(sent[0]?.path).toBe('/jmap/api');
  expect(sent[0]?.headers['Postroad-Request']).toBe('1');
  expect(sent[0]?.body.using).toEqual(['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail']);
  expect(sent[0]?.body.methodCalls[1]?.[1]).toEqual({
    accountId: 'A1',
    '#ids': { resultOf: '0', name: 'Email/query', path: '/ids' },
  });
});

test('a method that fails fails alone', async () => {
  answer = () =>
    Response.json({
      methodResponses: [
        ['error', { type: 'anchorNotFound' }, '0'],
        ['Core/echo', { a: 1 }, '1'],
      ],
    });
  const client = new Client(session, () => undefined);
  const bad = client.call('Email/query', { accountId: 'A1' });
  const good = client.call('Core/echo', { a: 1 });
  await expect(bad).rejects.toEqual(new MethodError('Email/query', 'anchorNotFound'));
  expect(await good).toEqual({ a: 1 });
});

test('who is no longer known is told once', async () => {
  answer = () => Response.json({ title: 'Unauthorized' }, { status: 401 });
  const signedOut = vi.fn();
  const client = new Client(session, signedOut);
  await expect(client.call('Core/echo', {})).rejects.toBeInstanceOf(HttpError);
  expect(signedOut).toHaveBeenCalledOnce();
});

test('nobody answers', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')));
  const client = new Client(session, () => undefined);
  await expect(client.call('Core/echo', {})).rejects.toBeInstanceOf(OfflineError);
});

test('paths are of our own origin and their values escaped', () => {
  const client = new Client(session, () => undefined);
  expect(client.downloadPath('A1', 'B/2', 'a b?.txt', 'text/plain')).toBe(
    '/d/A1/B%2F2/a%20b%3F.txt?accept=text%2Fplain',
  );
});
