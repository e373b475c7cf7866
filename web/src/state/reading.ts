import type { Email, EmailContent, Id } from '../jmap/types';
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
  const missing = ids.filter((id) => !account.contents.has(id));
  const keyOf = (id: Id): string => `${account.id}/${id}`;
  const fresh = missing.filter((id) => !underWay.has(keyOf(id)));
  if (fresh.length) {
    const asked = askContents(account, fresh).finally(() =>
      fresh.forEach((id) => underWay.delete(keyOf(id))),
    );
    fresh.forEach((id) => underWay.set(keyOf(id), asked));
  }
  await Promise.all(missing.map((id) => underWay.get(keyOf(id))));
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
  for (const content of list) account.keep(content);
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
