import { t } from '../i18n/index.svelte';
import type { SetArguments, SetError } from '../jmap/methods';
import type { Id, Mailbox } from '../jmap/types';
import type { AccountState } from './account.svelte';
import { isSnoozed, mailboxName } from '../mail/names';
import { toast } from '../ui/toasts.svelte';
import { complain } from './actions';
import { mail } from './mail.svelte';
import { offerUndo } from './undo.svelte';
import { go, here } from './place.svelte';
import { refusal } from './reasons';

const RECOVER = 'https://postroad.org/jmap/recover';

type Change = Omit<SetArguments, 'accountId'> & { onDestroyRemoveEmails?: boolean };

/** One change of one mailbox. Throws what the server says against it. */
async function set(account: AccountState, change: Change): Promise<Id | undefined> {
  const answer = await account.client.call('Mailbox/set', { accountId: account.id, ...change });
  const refused: SetError | undefined = [
    ...Object.values(answer.notCreated ?? {}),
    ...Object.values(answer.notUpdated ?? {}),
    ...Object.values(answer.notDestroyed ?? {}),
  ][0];
  if (refused) throw refusal(refused);
  await account.loadMailboxes();
  return Object.values(answer.created ?? {})[0]?.id;
}

export async function makeFolder(
  account: AccountState,
  name: string,
  parent: Id | null,
): Promise<void> {
  await set(account, { create: { new: { name, parentId: parent } } });
}

/** Changes it, and offers to change it back. */
async function change(account: AccountState, box: Mailbox, to: Partial<Mailbox>): Promise<void> {
  const names = Object.keys(to) as (keyof Mailbox)[];
  const before = Object.fromEntries(names.map((name) => [name, box[name]]));
  await set(account, { update: { [box.id]: to } });
  const words = to.name ? 'done.renamedFolder' : 'done.movedFolder';
  offerUndo(t(words, { name: to.name ?? mailboxName(box) }), async () => {
    await set(account, { update: { [box.id]: before } }).catch(complain);
  });
}

export function renameFolder(account: AccountState, box: Mailbox, name: string): Promise<void> {
  return name === box.name ? Promise.resolve() : change(account, box, { name });
}

/** Whether it can stand elsewhere: those with a use stay where they are looked for. */
export function mayBeMoved(box: Mailbox): boolean {
  return box.role === null && box.myRights.mayRename && !isSnoozed(box);
}

function isWithin(account: AccountState, box: Mailbox, above: Id): boolean {
  for (let at: Mailbox | undefined = box; at; at = account.mailbox(at.parentId ?? ''))
    if (at.id === above) return true;
  return false;
}

/** Not below itself, and not where it is. */
export function mayMoveFolder(
  account: AccountState,
  moved: { account: AccountState; mailbox: Mailbox } | null,
  to: Mailbox,
): boolean {
  if (!moved || moved.account !== account || !to.myRights.mayCreateChild) return false;
  const { mailbox } = moved;
  return mailbox.parentId !== to.id && !isWithin(account, to, mailbox.id);
}

export async function moveFolder(
  account: AccountState,
  box: Mailbox,
  parentId: Id | null,
): Promise<void> {
  if (parentId === box.parentId) return;
  await change(account, box, { parentId }).catch(complain);
}

/** With all that is in it: that was asked before. What it held can be had back for a while. */
export async function destroyFolder(account: AccountState, box: Mailbox): Promise<void> {
  const { idsOf, restoreInto } = await import('../mail/every/every');
  const ids = await idsOf({ account, filter: { inMailbox: box.id } });
  await set(account, { destroy: [box.id], onDestroyRemoveEmails: true });
  if (here.mailboxId === box.id) go(mail.inbox());
  const words = t('done.removedFolder', { name: box.name });
  if (ids.length && !(RECOVER in account.info.accountCapabilities)) {
    toast(words);
    return;
  }
  const { name, parentId, isSubscribed } = box;
  offerUndo(words, async () => {
    try {
      const made = await set(account, { create: { again: { name, parentId, isSubscribed } } });
      if (made) await restoreInto(account, ids, made);
    } catch (error) {
      complain(error);
    }
  });
}
