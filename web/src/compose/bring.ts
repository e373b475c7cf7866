/** What lies in another's account is found there alone: it is copied before it goes along. */
import type { Id } from '../jmap/types';
import type { Desk } from './desk';
import type { Attached } from './draft';

/** The same attachments, as blobs of one's own. Throws if one of them cannot be had. */
export async function bring(desk: Desk, from: Id, list: Attached[]): Promise<Attached[]> {
  if (from === desk.accountId || !list.length) return list;
  const blobIds = [...new Set(list.map((a) => a.blobId))];
  const { copied, notCopied } = await desk.client.call('Blob/copy', {
    fromAccountId: from,
    accountId: desk.accountId,
    blobIds,
  });
  return list.map((a) => {
    const blobId = copied?.[a.blobId];
    if (!blobId) throw new Error(`${a.name}: ${notCopied?.[a.blobId]?.type ?? 'not copied'}`);
    return { ...a, blobId };
  });
}
