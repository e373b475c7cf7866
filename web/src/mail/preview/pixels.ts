/** Pictures among the attachments, as addresses that this page alone knows. */
import { ask } from '../../jmap/http';
import type { EmailBodyPart } from '../../jmap/types';
import type { AccountState } from '../../state/account.svelte';
import { onlyPixels } from '../frame/pictures';
import { pictureType } from './kinds';

/** null: it is no picture that browsers show as pixels. */
export async function pixels(
  account: AccountState,
  part: EmailBodyPart,
  signal: AbortSignal,
): Promise<Blob | null> {
  const type = pictureType(part);
  if (!type || !part.blobId) return null;
  const path = account.client.downloadPath(account.id, part.blobId, 'picture', type);
  return onlyPixels(await (await ask(path, { signal })).blob());
}
