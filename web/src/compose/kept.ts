/** A draft that could not be saved: kept on this device until the server has it. */
import type { Client } from '../jmap/client';
import type { Id } from '../jmap/types';
import type { Home } from './desk';
import type { Draft } from './draft';

export interface Kept {
  draft: Draft;
  /** As it lies in its folder, if it does. */
  saved: Id | null;
  /** Where drafts of it lie; missing: among one's own. */
  home?: Home | undefined;
}

const IN_MEMORY = 'draft';

function keyOf(client: Client): string {
  return `postroad.draft.${client.session.username}`;
}

/** For this tab; and for longer where the person keeps mail on this device. */
export async function keep(client: Client, kept: Kept): Promise<void> {
  sessionStorage.setItem(keyOf(client), JSON.stringify(kept));
  await client.memory?.put(IN_MEMORY, kept);
}

export async function keptDraft(client: Client): Promise<Kept | null> {
  const text = sessionStorage.getItem(keyOf(client));
  if (text !== null) return JSON.parse(text) as Kept;
  return ((await client.memory?.get(IN_MEMORY)) as Kept | null | undefined) ?? null;
}

export async function forgetKept(client: Client): Promise<void> {
  sessionStorage.removeItem(keyOf(client));
  await client.memory?.put(IN_MEMORY, null);
}
