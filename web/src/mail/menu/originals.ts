/** Messages as they are, to be attached to others. */
import type { Email, Id } from '../../jmap/types';
import { mail } from '../../state/mail.svelte';

export interface Original {
  email: Email;
  /** In the person's own account. */
  blobId: Id;
  size: number;
}

/** Those that may be had, as blobs that the person's own account may attach. */
export async function originals(emails: Email[]): Promise<Original[]> {
  const { account, own } = mail;
  const { list } = await account.client.call('Email/get', {
    accountId: account.id,
    ids: emails.map((e) => e.id),
    properties: ['id', 'blobId', 'size'],
  });
  const found = new Map(list.map((one) => [one.id, one]));
  let copied: Record<Id, Id> | null = null;
  if (account !== own) {
    const answer = await account.client.call('Blob/copy', {
      fromAccountId: account.id,
      accountId: own.id,
      blobIds: list.map((e) => e.blobId),
    });
    copied = answer.copied ?? {};
  }
  return emails.flatMap((email) => {
    const { blobId: there = '', size = 0 } = found.get(email.id) ?? {};
    const blobId = copied ? copied[there] : there;
    return blobId ? [{ email, blobId, size }] : [];
  });
}
