import { ownPath } from '../jmap/http';
import type { EmailContent, Session } from '../jmap/types';
import type { AccountState } from '../state/account.svelte';
import { onlyPixels, proxied, type PictureSource } from './frame/pictures';

const PICTURE = 'https://postroad.org/jmap/picture';

/** Pictures of other servers, through our own: the sender learns nothing. */
export function remotePictures({ capabilities }: Session): PictureSource | null {
  const template = capabilities[PICTURE]?.['url'];
  return typeof template === 'string' ? proxied(ownPath(template)) : null;
}

/** Pictures that the message brought along, by content id. */
export function insidePictures(
  account: AccountState,
  content: EmailContent | undefined,
): PictureSource {
  return async (cid, signal) => {
    const part = [...(content?.attachments ?? []), ...(content?.htmlBody ?? [])].find(
      (p) => p.cid === cid,
    );
    if (!part?.blobId) return null;
    const path = account.client.downloadPath(account.id, part.blobId, part.name ?? 'x', part.type);
    const answer = await fetch(path, { signal, credentials: 'same-origin' });
    return answer.ok ? onlyPixels(await answer.blob()) : null;
  };
}

/** Messages whose pictures of other servers were asked for; they are printed with them. */
export const picturesShown = new Set<string>();
