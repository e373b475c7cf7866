// The client library jmap-client-ts: folders made and removed, messages found, moved, followed.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Client } = require('jmap-client-ts');
const { FetchTransport } = require('jmap-client-ts/lib/utils/fetch-transport');

const { SESSION_URL, BASIC, SUBJECT } = process.env;
const client = new Client({
  sessionUrl: SESSION_URL,
  accessToken: '',
  transport: new FetchTransport(fetch),
  httpHeaders: { Authorization: `Basic ${BASIC}`, 'Content-Type': 'application/json' },
});
await client.fetchSession();
const accountId = client.getFirstAccountId();

const made = await client.mailbox_set({
  accountId,
  create: { m: { name: 'Made by a client', parentId: null } },
});
const folder = made.created.m.id;
const since = made.newState;
const found = await client.email_query({ accountId, filter: { subject: SUBJECT } });
assert.equal(found.ids.length, 1);

const moved = await client.email_set({
  accountId,
  update: { [found.ids[0]]: { mailboxIds: { [folder]: true } } },
});
assert.ok(found.ids[0] in moved.updated);
const { list } = await client.email_get({
  accountId,
  ids: found.ids,
  properties: ['id', 'mailboxIds'],
});
assert.deepEqual(list[0].mailboxIds, { [folder]: true });

const changes = await client.email_changes({ accountId, sinceState: since });
assert.deepEqual([...changes.updated, ...changes.created], found.ids);
const removed = await client.mailbox_set({
  accountId,
  destroy: [folder],
  onDestroyRemoveEmails: true,
});
assert.deepEqual(removed.destroyed, [folder]);
console.log(JSON.stringify({ moved: found.ids.length }));
