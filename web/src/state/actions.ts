import { t } from '../i18n/index.svelte';
import type { Key } from '../i18n/en';
import type { Patch } from '../jmap/methods';
import type { Email, Id, Mailbox } from '../jmap/types';
import { mailboxName } from '../mail/names';
import type { AccountState } from './account.svelte';
import { mail } from './mail.svelte';
import { go, here } from './place.svelte';
import { reasonOf, refusal } from './reasons';
import { allows } from './rights';
import { acting, offerUndo } from './undo.svelte';
import { countOf, messagesOf, rowsOf, type What } from './what';
import { toast } from '../ui/toasts.svelte';

/** One message's way there and back. */
interface Step {
  id: Id;
  forth: Patch;
  back: Patch;
}

export function complain(error: unknown): void {
  toast(t('app.failed', { reason: reasonOf(error) }), 'error');
}

const SET_MAX = 500; // objects of a /set (maxObjectsInSet)

/** What else is asked of the server before a change, and its way back. */
export interface Beside {
  forth?: (emails: Email[]) => PromiseLike<unknown>;
  back: (emails: Email[]) => PromiseLike<unknown>;
}

function* portions<T>(all: T[]): Generator<T[]> {
  for (let i = 0; i < all.length; i += SET_MAX) yield all.slice(i, i + SET_MAX);
}

/** Sends the changes. What the server would not do is told, and the list shows the truth again. */
async function send(
  account: AccountState,
  steps: Step[],
  way: 'forth' | 'back',
  beside?: () => PromiseLike<unknown>,
): Promise<boolean> {
  const { client, id: accountId } = account;
  try {
    const answers = await mail.hold(async () => {
      await beside?.(); // when that is refused, nothing moves
      const sets = [...portions(steps)].map((some) =>
        client.call('Email/set', { accountId, update: updateOf(some, way) }),
      );
      return Promise.all(sets);
    });
    const refused = answers.flatMap((answer) => Object.values(answer.notUpdated ?? {}))[0];
    if (!refused) return true;
    complain(refusal(refused));
  } catch (error) {
    complain(error);
  }
  void mail.refresh([account.id]);
  return false;
}

function updateOf(steps: Step[], way: 'forth' | 'back'): Record<Id, Patch> {
  return Object.fromEntries(steps.map((step) => [step.id, step[way]]));
}

/** Does it, and offers to undo it under these words. */
function perform(
  account: AccountState,
  steps: Step[],
  words: string,
  beside?: { forth?: () => PromiseLike<unknown>; back: () => PromiseLike<unknown> },
): Promise<void> {
  return acting(performed(account, steps, words, beside));
}

async function performed(
  ...[account, steps, words, beside]: Parameters<typeof perform>
): Promise<void> {
  if (!steps.length) return;
  if (!(await send(account, steps, 'forth', beside?.forth))) return;
  offerUndo(words, async () => {
    await send(account, steps, 'back', beside?.back);
    await mail.refresh([account.id]);
  });
}

const isUnread = (email: Email): boolean => !email.keywords['$seen'];

/** A row whose newest message goes alone stands for the rest of its conversation. */
function stepAside({ id }: Email, account: AccountState): void {
  const { list } = mail;
  const email = account.emails.get(id);
  if (!email || list?.account !== account) return;
  const next = account.conversation(email).filter((e) => e.id !== id);
  const inside = next.filter((e) => e.mailboxIds[here.mailboxId ?? '']).at(-1) ?? next.at(-1);
  if (!inside) {
    if (here.emailId === id) mail.close();
    return;
  }
  list.swap(id, inside.id);
  if (here.emailId === id) go({ emailId: inside.id }, true);
}

/** Counts and rows as they will be. */
export function showGone(
  account: AccountState,
  what: What,
  emails: Email[],
  to: Mailbox | null,
): void {
  const rows = rowsOf(what);
  if (!rows.length) for (const email of emails) stepAside(email, account);
  for (const email of emails) {
    for (const from of Object.keys(email.mailboxIds))
      account.count(from, -1, -Number(isUnread(email)));
    if (to) account.count(to.id, 1, Number(isUnread(email)));
    if (to) account.patch(email.id, { mailboxIds: { [to.id]: true } });
  }
  if (!rows.length) return;
  const { list } = mail;
  const before = Math.min(...rows.map((id) => list?.position(id) ?? 0));
  list?.remove(new Set(rows));
  for (const id of rows) mail.selected.delete(id);
  if (here.emailId && rows.includes(here.emailId)) mail.close();
  // The keys go on with the row that took the place; it is not opened (P13).
  mail.cursor = Math.min(Math.max(before, 0), (list?.total ?? 0) - 1);
}

/** Whether rows leave the list that is shown when their messages go to that mailbox. */
function leaves(to: Mailbox): boolean {
  return here.search === '' && here.mailboxId !== to.id;
}

/** words: what is told; also: keywords that change with it. */
interface Moving {
  words?: string;
  also?: Patch;
  beside?: Beside;
}

export async function moveTo(what: What, to: Mailbox, more: Moving = {}): Promise<void> {
  const { account } = mail;
  const { words, also, beside } = more;
  const emails = messagesOf(what).filter((e) => !e.mailboxIds[to.id]);
  const steps = emails.map((email) => ({
    id: email.id,
    forth: { mailboxIds: { [to.id]: true }, ...also },
    back: { mailboxIds: email.mailboxIds, keywords: email.keywords },
  }));
  const partly = !rowsOf(what).length; // of a conversation: its row is another one now
  if (leaves(to)) showGone(account, what, emails, to);
  else if (partly) for (const email of emails) stepAside(email, account);
  const values = { count: countOf(what), folder: mailboxName(to) };
  await perform(
    account,
    steps,
    words ?? t('done.moved', values),
    beside && {
      forth: () => Promise.resolve(beside.forth?.(emails)),
      back: () => beside.back(emails),
    },
  );
  if (partly || !leaves(to)) await mail.refresh([account.id]); // a search shows where it lies now
}

async function moveToRole(what: What, role: string, words: Key, also?: Patch): Promise<void> {
  const to = mail.account.role(role);
  if (!to) {
    complain(new Error(t('error.noFolder', { folder: role })));
    return;
  }
  await moveTo(what, to, { words: t(words, { count: countOf(what) }), ...(also ? { also } : {}) });
}

export const archive = (what: What): Promise<void> => moveToRole(what, 'archive', 'done.archived');

/** What tells filters that a message is junk. */
export const JUNK: Patch = { 'keywords/$junk': true, 'keywords/$notjunk': null };

export const junk = (what: What): Promise<void> => moveToRole(what, 'junk', 'done.junk', JUNK);

export const NOT_JUNK: Patch = { 'keywords/$junk': null, 'keywords/$notjunk': true };

export const notJunk = (what: What): Promise<void> =>
  moveToRole(what, 'inbox', 'done.notJunk', NOT_JUNK);

/** Whether the rows lie where deleting means for good. */
export function deletesForGood(): boolean {
  const role = mail.mailbox?.role;
  if (!mail.account.role('trash')?.myRights.mayAddItems) return true; // of others, or public
  return here.search === '' && (role === 'trash' || role === 'junk');
}

const RECOVER = 'https://postroad.org/jmap/recover';

async function destroyAll(account: AccountState, emails: Email[]): Promise<void> {
  const { client, id: accountId } = account;
  const sets = [...portions(emails.map((e) => e.id))].map((destroy) =>
    client.call('Email/set', { accountId, destroy }),
  );
  for (const { notDestroyed } of await Promise.all(sets)) {
    const refused = Object.values(notDestroyed ?? {})[0];
    if (refused) throw refusal(refused);
  }
}

/** Back to where they were, of what was deleted (docs/JMAP_MORE.md, "Deleted emails"). */
async function restoreAll(account: AccountState, emails: Email[]): Promise<void> {
  const { client, id: accountId } = account;
  const calls = [...portions(emails.map((e) => e.id))].map((ids) =>
    client.call('Recoverable/restore', { accountId, ids }),
  );
  await Promise.all(calls);
  await mail.refresh([accountId]);
}

/** To the trash; out of it, or out of junk, for good: that was asked before. */
export async function remove(what: What): Promise<void> {
  if (!deletesForGood()) {
    await moveToRole(what, 'trash', 'done.deleted');
    return;
  }
  const { account } = mail;
  const emails = messagesOf(what);
  showGone(account, what, emails, null);
  if (!rowsOf(what).length) for (const { id } of emails) account.emails.delete(id);
  try {
    await mail.hold(() => destroyAll(account, emails));
    const words = t('done.destroyed', { count: countOf(what) });
    if (RECOVER in account.info.accountCapabilities)
      offerUndo(words, () => restoreAll(account, emails));
    else toast(words);
  } catch (error) {
    complain(error);
    void mail.refresh([account.id]);
  }
}

/** Sets or takes a keyword on these messages, shown at once. */
async function mark(
  account: AccountState,
  emails: Email[],
  keyword: string,
  on: boolean,
  words = '',
): Promise<void> {
  const changed = emails.filter((email) => Boolean(email.keywords[keyword]) !== on);
  for (const email of changed) {
    const keywords = { ...email.keywords };
    if (on) keywords[keyword] = true;
    else delete keywords[keyword];
    account.patch(email.id, { keywords });
    if (keyword === '$seen')
      for (const box of Object.keys(email.mailboxIds)) account.count(box, 0, on ? -1 : 1);
  }
  const key = `keywords/${keyword.replace(/~/g, '~0').replace(/\//g, '~1')}`;
  const steps = changed.map(({ id }) => ({
    id,
    forth: { [key]: on ? true : null },
    back: { [key]: on ? null : true },
  }));
  if (words) await perform(account, steps, words);
  else if (steps.length) await send(account, steps, 'forth');
}

export function setRead(what: What, on: boolean): Promise<void> {
  const words = t(on ? 'done.read' : 'done.unread', { count: countOf(what) });
  const emails = messagesOf(what);
  for (const { id } of emails) settled.add(`${mail.account.id}/${id}`);
  return mark(mail.account, emails, '$seen', on, words);
}

/** Open messages of which it is said whether they are read: by their reader, or by having read. */
const settled = new Set<string>();

/** These are opened: looking at them is reading them, until something else is said. */
export function begunToRead(account: AccountState, emails: Email[]): void {
  for (const { id } of emails) settled.delete(`${account.id}/${id}`);
}

/** Without a word: the person has read it. They may look at another account by now. */
export function haveRead(account: AccountState, emails: Email[]): Promise<void> {
  const fresh = emails.filter((e) => isUnread(e) && !settled.has(`${account.id}/${e.id}`));
  for (const { id } of fresh) settled.add(`${account.id}/${id}`);
  return mark(
    account,
    fresh.filter((e) => allows(account, e, 'maySetSeen')),
    '$seen',
    true,
  );
}

/** Of a conversation the newest message carries flag and pin; taking them takes them from all. */
function carriers(what: What, on: boolean): Email[] {
  if (!Array.isArray(what)) return what.emails;
  return what.flatMap((id) => (on ? mail.members(id).slice(-1) : mail.members(id)));
}

export function setFlag(what: What, on: boolean): Promise<void> {
  const words = t(on ? 'done.flagged' : 'done.unflagged', { count: countOf(what) });
  return mark(mail.account, carriers(what, on), '$flagged', on, words);
}

export async function setPin(what: What, on: boolean): Promise<void> {
  const words = t(on ? 'done.pinned' : 'done.unpinned', { count: countOf(what) });
  await mark(mail.account, carriers(what, on), '$pinned', on, words);
  await mail.refresh([mail.account.id]);
}

export function setLabel(what: What, keyword: string, on: boolean, name: string): Promise<void> {
  const words = t(on ? 'done.labelled' : 'done.unlabelled', { count: countOf(what), label: name });
  return mark(mail.account, messagesOf(what), keyword, on, words);
}

/** Whether any message of the row carries the keyword. */
export function carries(id: Id, keyword: string): boolean {
  return mail.members(id).some((email) => email.keywords[keyword]);
}

/** Whether all of it does. */
export function allCarry(what: What, keyword: string): boolean {
  if (!Array.isArray(what)) return what.emails.every((email) => email.keywords[keyword]);
  return what.length > 0 && what.every((id) => carries(id, keyword));
}

export function anyUnread(what: What): boolean {
  return messagesOf(what).some(isUnread);
}

export function unread(id: Id): boolean {
  return mail.members(id).some(isUnread);
}
