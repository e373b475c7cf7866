import type { Email, Id, Mailbox, MailboxRights } from '../jmap/types';
import type { AccountState } from './account.svelte';
import { mail } from './mail.svelte';
import { messagesOf, type What } from './what';

const SNOOZE = 'https://postroad.org/jmap/snooze';
const SIEVE = 'urn:ietf:params:jmap:sieve';

/** What the person may do with that; buttons and keys follow it. */
export interface Can {
  archive: boolean;
  remove: boolean;
  junk: boolean;
  move: boolean;
  copy: boolean;
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

/** Whether all mailboxes that its messages lie in grant it. */
function granted(what: What, right: keyof MailboxRights): boolean {
  return messagesOf(what).every((e) => allows(mail.account, e, right));
}

/** Whether all mailboxes of that message grant it; not known yet: the own do. */
export function allows(account: AccountState, email: Email, right: keyof MailboxRights): boolean {
  const granted = (id: Id): boolean => account.mailbox(id)?.myRights[right] ?? account === mail.own;
  return boxesOf(email).every(granted);
}

function boxesOf(email: { mailboxIds: Record<Id, boolean> }): Id[] {
  return Object.keys(email.mailboxIds);
}

/** What they may do with all that the list finds: by its folder, or those of the account. */
export function canEvery(): Can {
  const { account, mailbox, list } = mail;
  const boxes = mailbox && list && !list.query.searching ? [mailbox] : account.mailboxes;
  return allowed((right) => boxes.some((box) => box.myRights[right]));
}

export function can(what: What): Can {
  return allowed((right) => granted(what, right));
}

function allowed(has: (right: keyof MailboxRights) => boolean): Can {
  const { account } = mail;
  const own = account === mail.own;
  const out = has('mayRemoveItems');
  const somewhere = mail.accounts.some((a) => a.mailboxes.some((m) => m.myRights.mayAddItems));
  const offers = (name: string): boolean => own && name in account.info.accountCapabilities;
  return {
    archive: out && takes('archive') !== false,
    remove: out,
    junk: out && takes('junk') !== false,
    move: out && somewhere,
    copy: somewhere && has('mayReadItems'),
    mark: has('maySetKeywords'),
    read: has('maySetSeen'),
    snooze: out && offers(SNOOZE),
    block: out && offers(SIEVE) && takes('junk') !== false,
  };
}
