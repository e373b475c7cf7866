/** Gets the calendars that a message brought along. */
import { ask } from '../../jmap/http';
import type { EmailBodyPart } from '../../jmap/types';
import type { AccountState } from '../../state/account.svelte';
import { readInvitation, type Invitation } from './event';
import { CALENDAR_BYTES_MAX } from './lines';

function decoded(bytes: ArrayBuffer, charset: string | null): string {
  try {
    return new TextDecoder(charset ?? 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder('utf-8').decode(bytes);
  }
}

export function pathOf(account: AccountState, part: EmailBodyPart): string {
  const type = 'application/octet-stream'; // saved, never shown by the browser itself
  return account.client.downloadPath(account.id, part.blobId ?? '', 'invitation.ics', type);
}

async function one(account: AccountState, part: EmailBodyPart): Promise<Invitation | null> {
  if (part.size > CALENDAR_BYTES_MAX) throw new Error('too long');
  const answer = await ask(pathOf(account, part));
  return readInvitation(decoded(await answer.arrayBuffer(), part.charset));
}

export interface Loaded {
  part: EmailBodyPart;
  invitation: Invitation | null;
}

/** Each with what it says; null where that cannot be told. The same event is told once. */
export async function loadInvitations(
  account: AccountState,
  parts: EmailBodyPart[],
): Promise<Loaded[]> {
  const all = await Promise.all(
    parts.map(async (part) => ({ part, invitation: await one(account, part).catch(() => null) })),
  );
  const seen = new Set<string>();
  return all.filter(({ invitation }) => {
    const key =
      invitation && [invitation.uid, invitation.method, invitation.start?.local].join('\n');
    if (!key || seen.has(key)) return invitation === null && all.length === 1;
    seen.add(key);
    return true;
  });
}
