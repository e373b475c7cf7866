import type { Mailbox } from '../jmap/types';
import { app } from '../state/app.svelte';

export interface FolderChoice {
  id: string;
  path: string;
}

let choices = $state.raw<FolderChoice[]>([]);

/** Folders of the person's own account, by path; they come a moment after the first call. */
export function folderChoices(): FolderChoice[] {
  return choices;
}

export function pathsOf(mailboxes: Mailbox[]): FolderChoice[] {
  const byId = new Map(mailboxes.map((m) => [m.id, m]));
  const path = (m: Mailbox): string => {
    const parent = m.parentId ? byId.get(m.parentId) : undefined;
    return parent ? `${path(parent)}/${m.name}` : m.name;
  };
  return mailboxes
    .map((m) => ({ id: m.id, path: path(m) }))
    .sort((a, b) => a.path.localeCompare(b.path));
}

export async function loadFolders(): Promise<void> {
  const accountId = app.session.primaryAccounts['urn:ietf:params:jmap:mail'] ?? '';
  choices = pathsOf((await app.client.call('Mailbox/get', { accountId, ids: null })).list);
}
