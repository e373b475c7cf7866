import type { SetArguments, SetError } from '../jmap/methods';
import type { Id, Mailbox } from '../jmap/types';
import type { AccountState } from './account.svelte';
import { mail } from './mail.svelte';
import { go, here } from './place.svelte';
import { refusal } from './reasons';

type Change = Omit<SetArguments, 'accountId'> & { onDestroyRemoveEmails?: boolean };

/** One change of one mailbox. Throws what the server says against it. */
async function set(account: AccountState, change: Change): Promise<void> {
  const answer = await account.client.call('Mailbox/set', { accountId: account.id, ...change });
  const refused: SetError | undefined = [
    ...Object.values(answer.notCreated ?? {}),
    ...Object.values(answer.notUpdated ?? {}),
    ...Object.values(answer.notDestroyed ?? {}),
  ][0];
  if (refused) throw refusal(refused);
  await account.loadMailboxes();
}

export function makeFolder(account: AccountState, name: string, parent: Id | null): Promise<void> {
  return set(account, { create: { new: { name, parentId: parent } } });
}

export function renameFolder(account: AccountState, box: Mailbox, name: string): Promise<void> {
  return set(account, { update: { [box.id]: { name } } });
}

/** With all that is in it: that was asked before. */
export async function destroyFolder(account: AccountState, box: Mailbox): Promise<void> {
  await set(account, { destroy: [box.id], onDestroyRemoveEmails: true });
  if (here.mailboxId === box.id) go(mail.inbox());
}
