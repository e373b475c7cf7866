import { t } from '../i18n/index.svelte';
import type { Email, EmailContent, Id } from '../jmap/types';
import { prepareFrame } from '../mail/frame/spare';
import { ROW, type AccountState } from './account.svelte';

export const CONTENT = [
  'id',
  'blobId',
  'sender',
  'cc',
  'bcc',
  'replyTo',
  'sentAt',
  'messageId',
  'references',
  'headers',
  'textBody',
  'htmlBody',
  'attachments',
  'bodyValues',
];
const BODY_BYTES_MAX = 1024 * 1024;

const underWay = new Map<string, Promise<void>>();

/** What opened messages say; each is asked for once. */
export async function loadContents(account: AccountState, ids: Id[]): Promise<void> {
  const missing = takeAhead(account, ids);
  if (!missing.length) return;
  await fetchContents(account, missing);
  if (takeAhead(account, missing).length) throw new Error(t('offline.notKept'));
}

/** What was read ahead of these is opened now. Returns those that were not. */
export function takeAhead(account: AccountState, ids: Id[]): Id[] {
  return ids.filter((id) => {
    if (account.contents.has(id)) return false;
    const content = account.ahead.get(id);
    if (!content) return true;
    account.ahead.delete(id);
    account.keep(content);
    return false;
  });
}

/** Asks for those that are neither there nor under way. */
async function fetchContents(account: AccountState, ids: Id[]): Promise<void> {
  const keyOf = (id: Id): string => `${account.id}/${id}`;
  const fresh = ids.filter((id) => !underWay.has(keyOf(id)));
  if (fresh.length) {
    const asked = askContents(account, fresh).finally(() =>
      fresh.forEach((id) => underWay.delete(keyOf(id))),
    );
    fresh.forEach((id) => underWay.set(keyOf(id), asked));
  }
  await Promise.all(ids.map((id) => underWay.get(keyOf(id))));
}

async function askContents(account: AccountState, missing: Id[]): Promise<void> {
  const { list } = await account.client.call('Email/get', {
    accountId: account.id,
    ids: missing,
    properties: CONTENT,
    fetchTextBodyValues: true,
    fetchHTMLBodyValues: true,
    maxBodyValueBytes: BODY_BYTES_MAX,
  });
  for (const content of list) account.ahead.set(content.id, content);
  for (const id of account.ahead.keys()) {
    if (account.ahead.size <= AHEAD_MAX) break;
    account.ahead.delete(id);
  }
}

const AHEAD_MAX = 60; // messages
const AHEAD_BYTES_MAX = 128 * 1024; // of one; what is larger is asked for when it is opened
const QUIET_MS = 120; // who scrolls on is not looking yet

let ahead: ReturnType<typeof setTimeout> | undefined;

/** Fetches what the rows in sight say, once their reader has come to rest: a click shows it. */
export function readAhead(account: AccountState, rows: Email[]): void {
  clearTimeout(ahead);
  const saves: unknown = Reflect.get(Reflect.get(navigator, 'connection') ?? {}, 'saveData');
  if (saves === true) return;
  ahead = setTimeout(() => {
    prepareFrame();
    const ids = rows
      .flatMap((row) => firstOpen(account.conversation(row)).slice(-2))
      .filter((id) => !account.contents.has(id) && !account.ahead.has(id))
      .filter((id) => (account.emails.get(id)?.size ?? 0) <= AHEAD_BYTES_MAX);
    if (ids.length) fetchContents(account, ids.slice(0, AHEAD_MAX / 2)).catch(() => undefined);
  }, QUIET_MS);
}

/** A row that is opened from an address, so no list has brought it; with its conversation. */
export async function loadRow(account: AccountState, id: Id): Promise<void> {
  const args = { accountId: account.id, properties: ROW };
  const row = account.client.call('Email/get', { ...args, ids: [id] });
  const thread = account.client.call('Thread/get', {
    accountId: account.id,
    '#ids': row.ref('/list/*/threadId'),
  });
  const members = account.client.call('Email/get', {
    ...args,
    '#ids': thread.ref('/list/*/emailIds'),
  });
  const [{ list }, threads, { list: all }] = await Promise.all([row, thread, members]);
  account.take([...list, ...all]);
  for (const { id: threadId, emailIds } of threads.list) account.threads.set(threadId, emailIds);
}

export interface Body {
  kind: 'html' | 'text';
  value: string;
  truncated: boolean;
}

/** What is shown: HTML where the sender made some, else text. Parts follow each other. */
export function bodyOf(content: EmailContent): Body {
  const html = content.htmlBody.some((part) => part.type === 'text/html');
  const parts = html ? content.htmlBody : content.textBody;
  const values = parts.flatMap((part) => {
    const value = part.partId === null ? undefined : content.bodyValues[part.partId];
    return value ? [{ ...value, type: part.type }] : [];
  });
  const pieces = values.map((v) => (html && v.type !== 'text/html' ? escaped(v.value) : v.value));
  return {
    kind: html ? 'html' : 'text',
    value: pieces.join('\n'),
    truncated: values.some((v) => v.isTruncated),
  };
}

function escaped(text: string): string {
  const safe = text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<pre>${safe}</pre>`;
}

/** Which of a conversation are shown open at first: what is unread, and the newest. */
export function firstOpen(emails: Email[]): Id[] {
  const unread = emails.filter((e) => !e.keywords['$seen']).map((e) => e.id);
  const last = emails.at(-1)?.id;
  return last && !unread.includes(last) ? [...unread, last] : unread;
}
