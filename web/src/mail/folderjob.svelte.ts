import type { Mailbox } from '../jmap/types';
import type { AccountState } from '../state/account.svelte';

/** What somebody wants to do with folders: a new one below mailbox, or something with it. */
export interface FolderJob {
  kind: 'make' | 'rename' | 'move' | 'destroy';
  account: AccountState;
  mailbox: Mailbox | null;
}

class FolderJobs {
  now = $state.raw<FolderJob | null>(null);
}

export const folderJobs = new FolderJobs();
