import type { Email, Id, Mailbox, MailboxRights } from '../jmap/types';
import type { AccountState } from './account.svelte';
import { mail } from './mail.svelte';

const SNOOZE = 'https://postroad.org/jmap/snooze';
const SIEVE = 'urn:ietf:params:jmap:sieve';

/** What the person may do with these rows; buttons and keys follow it. */
export interface Can {
  archive: boolean;
  remove: boolean;
  junk: boolean;
  move: boolean;
  /** Flags, pins, labels. */
  mark: boolean;
  read: boolean;
  snooze: boolean;
  block: boolean;
}

/** Whether a mailbox with that role takes messages. */
function takes(role: string): Mailbox | false {
  const box = mail.account.role(role);
  return box?.myRights.mayAddItems ? box : false;
}

/** Whether all mailboxes that the rows' messages lie in grant it. Not known yet: the own do. */
function granted(ids: Id[], right: keyof MailboxRights): boolean {
  return ids.flatMap((id) => mail.members(id)).every((e) => allows(mail.account, e, right));
}

/** Whether all mailboxes of that message grant it; not known yet: the own do. */
export function allows(account: AccountState, email: Email, right: keyof MailboxRights): boolean {
  const granted = (id: Id): boolean => account.mailbox(id)?.myRights[right] ?? account === mail.own;
  return boxesOf(email).every(granted);
}

function boxesOf(email: { mailboxIds: Record<Id, boolean> }): Id[] {
  return Object.keys(email.mailboxIds);
}

export function can(ids: Id[]): Can {
  const { account } = mail;
  const own = account === mail.own;
  const out = granted(ids, 'mayRemoveItems');
  const offers = (name: string): boolean => own && name in account.info.accountCapabilities;
  return {
    archive: out && takes('archive') !== false,
    remove: out,
    junk: out && takes('junk') !== false,
    move: out && account.mailboxes.some((m) => m.myRights.mayAddItems),
    mark: granted(ids, 'maySetKeywords'),
    read: granted(ids, 'maySetSeen'),
    snooze: out && offers(SNOOZE),
    block: out && offers(SIEVE) && takes('junk') !== false,
  };
}
