/**
 * A notification of new mail: what it says, and where it leads. The service worker makes it, woken
 * by the page or by a push service; its tag is the message's, so that both together show one.
 * Nothing of the page may import this: the worker is one file.
 */
export interface NewMail {
  accountId: string;
  mailboxId: string;
  emailId: string;
  from: string;
  subject: string;
  preview: string;
}

/** Asks the server: calls of one request, their answers in the same order. */
export type Asker = (calls: [string, Record<string, unknown>][]) => Promise<unknown[]>;

interface Row {
  id: string;
  from: { name: string | null; email: string }[] | null;
  subject: string | null;
  preview: string;
}

/** The newest unread message of the inbox; null: there is none. */
export async function newest(ask: Asker, accountId: string): Promise<NewMail | null> {
  const [boxes] = (await ask([
    ['Mailbox/query', { accountId, filter: { role: 'inbox' }, limit: 1 }],
  ])) as [{ ids: string[] }];
  const mailboxId = boxes.ids[0];
  if (!mailboxId) return null;
  const filter = { inMailbox: mailboxId, notKeyword: '$seen' };
  const sort = [{ property: 'receivedAt', isAscending: false }];
  const ids = { resultOf: '0', name: 'Email/query', path: '/ids' };
  const properties = ['id', 'from', 'subject', 'preview'];
  const [, rows] = (await ask([
    ['Email/query', { accountId, filter, sort, limit: 1 }],
    ['Email/get', { accountId, '#ids': ids, properties }],
  ])) as [unknown, { list: Row[] }];
  const row = rows.list[0];
  if (!row) return null;
  const from = row.from?.[0];
  return {
    accountId,
    mailboxId,
    emailId: row.id,
    from: from?.name || from?.email || '',
    subject: row.subject ?? '',
    preview: row.preview,
  };
}

/** Where a click on it leads: an address of the page, as state/place writes them. */
export function placeOf({ accountId, mailboxId, emailId }: NewMail): string {
  return `#/${[accountId, mailboxId, emailId].map(encodeURIComponent).join('/')}`;
}

const SUBJECT_MAX = 120;

export function noteOf(mail: NewMail): { title: string; options: NotificationOptions } {
  const body = [mail.subject, mail.preview].filter(Boolean).join('\n');
  return {
    title: mail.from,
    options: {
      body: body.slice(0, SUBJECT_MAX),
      tag: mail.emailId,
      icon: '/icon.svg',
      data: { place: placeOf(mail) },
    },
  };
}
