/** Messages are put off: they wait in a folder of their own until the server brings them back. */
import { currentLanguage, t } from '../../i18n/index.svelte';
import type { Email, Id, Mailbox } from '../../jmap/types';
import type { AccountState } from '../../state/account.svelte';
import { wanted } from '../../settings/change.svelte';
import { complain, moveTo } from '../../state/actions';
import { mail } from '../../state/mail.svelte';
import { countOf, messagesOf, type What } from '../../state/what';
import { SNOOZED, snoozes } from '../../state/snoozes.svelte';
import { mediumDate } from '../../ui/dates';
import { isSnoozed, SNOOZED_NAME } from '../names';

async function folder(account: AccountState): Promise<Mailbox> {
  const found = account.mailboxes.find(isSnoozed);
  if (found) return found;
  const create = { f: { name: SNOOZED_NAME, isSubscribed: true } };
  await account.client.call('Mailbox/set', { accountId: account.id, create });
  await account.loadMailboxes();
  const made = account.mailboxes.find(isSnoozed);
  if (!made) throw new Error(t('error.noFolder', { folder: SNOOZED_NAME }));
  return made;
}

/** Where a message comes back to: where it is, or was before it was put off. */
function originOf(account: AccountState, email: Email, waiting: Mailbox): Id | null {
  const at = Object.keys(email.mailboxIds)[0];
  return at === waiting.id ? (account.role('inbox')?.id ?? null) : (at ?? null);
}

export async function snooze(what: What, at: Date): Promise<void> {
  const { account } = mail;
  const { client, id: accountId } = account;
  const until = at.toISOString().replace(/\.\d+Z$/, 'Z');
  const when = mediumDate(until, currentLanguage());
  const words = t('done.snoozed', { count: countOf(what), when });
  try {
    const waiting = await folder(account);
    const emails = messagesOf(what);
    const [again, fresh] = [
      emails.filter((e) => e.keywords[SNOOZED]),
      emails.filter((e) => !e.keywords[SNOOZED]),
    ];
    const create = Object.fromEntries(
      fresh.map((e) => [
        `s${e.id}`,
        { emailId: e.id, until, moveToMailboxId: originOf(account, e, waiting) },
      ]),
    );
    const update = Object.fromEntries(again.map((e) => [e.id, { until }]));
    const forth = async (): Promise<void> => {
      wanted(await client.call('Snooze/set', { accountId, create, update }));
      for (const e of emails) snoozes.until.set(e.id, until);
    };
    const back = (): PromiseLike<unknown> =>
      client.call('Snooze/set', { accountId, destroy: fresh.map((e) => e.id) });
    if (fresh.length) await moveTo(what, waiting, { words, beside: { forth, back } });
    else await forth();
  } catch (error) {
    complain(error);
  }
}

/** Brings them back at once. */
export async function unsnooze(what: What): Promise<void> {
  const { account } = mail;
  const { client, id: accountId } = account;
  const put = messagesOf(what).filter((e) => e.keywords[SNOOZED]);
  try {
    const { list } = await client.call('Snooze/get', { accountId, ids: put.map((e) => e.id) });
    const to =
      account.mailbox(list.find((s) => s.moveToMailboxId)?.moveToMailboxId ?? '') ??
      account.role('inbox');
    if (!to) return;
    const again = Object.fromEntries(
      list.map((s) => [
        `s${s.id}`,
        { emailId: s.id, until: s.until, moveToMailboxId: s.moveToMailboxId },
      ]),
    );
    await moveTo(what, to, {
      words: t('done.unsnoozed', { count: countOf(what) }),
      beside: {
        forth: () => client.call('Snooze/set', { accountId, destroy: list.map((s) => s.id) }),
        back: async () => wanted(await client.call('Snooze/set', { accountId, create: again })),
      },
    });
  } catch (error) {
    complain(error);
  }
}
