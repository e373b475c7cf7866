/** Messages go to, or are copied into, another account or folder (Email/copy, Email/import). */
import { t } from '../i18n/index.svelte';
import type { SetError } from '../jmap/methods';
import type { Email, Id, Mailbox } from '../jmap/types';
import type { AccountState } from '../state/account.svelte';
import { complain, moveTo, showGone } from '../state/actions';
import { mail } from '../state/mail.svelte';
import { refusal } from '../state/reasons';
import { acting, offerUndo } from '../state/undo.svelte';
import { countOf, messagesOf, type What } from '../state/what';
import { mailboxName } from './names';

const AT_ONCE = 500; // maxObjectsInSet

/** One message, where it goes to, and where it came from. */
interface Journey {
  email: Email;
  id: Id;
  mailboxIds: Record<Id, boolean>;
}

function* portions<T>(all: T[]): Generator<T[]> {
  for (let i = 0; i < all.length; i += AT_ONCE) yield all.slice(i, i + AT_ONCE);
}

/** Makes them anew there; of each that was made, its id there. The first refusal is told. */
async function carry(
  from: AccountState,
  to: AccountState,
  all: Journey[],
  onSuccessDestroyOriginal: boolean,
): Promise<Map<Id, Id>> {
  const made = new Map<Id, Id>();
  for (const some of portions(all)) {
    const create = Object.fromEntries(
      some.map(({ id, mailboxIds, email }) => [
        `c${id}`,
        { id, mailboxIds, keywords: email.keywords },
      ]),
    );
    const { created, notCreated } = await to.client.call('Email/copy', {
      fromAccountId: from.id,
      accountId: to.id,
      create,
      onSuccessDestroyOriginal,
    });
    for (const { id } of some) {
      const there = created?.[`c${id}`]?.id;
      if (there) made.set(id, there);
    }
    tellFirst(notCreated);
  }
  return made;
}

function tellFirst(refused: Record<Id, SetError> | null): void {
  const first = Object.values(refused ?? {})[0];
  if (first) complain(refusal(first));
}

async function moved(what: What, account: AccountState, to: Mailbox): Promise<void> {
  const from = mail.account;
  const emails = messagesOf(what);
  const values = { count: countOf(what), folder: mailboxName(to), account: account.info.name };
  showGone(from, what, emails, null);
  const there = await mail.hold(() =>
    carry(
      from,
      account,
      emails.map((email) => ({ email, id: email.id, mailboxIds: { [to.id]: true } })),
      true,
    ),
  );
  await mail.refresh([from.id, account.id]);
  if (!there.size) return;
  offerUndo(t('done.movedAcross', values), async () => {
    const back = emails.flatMap((email) => {
      const id = there.get(email.id);
      return id ? [{ email, id, mailboxIds: email.mailboxIds }] : [];
    });
    await mail.hold(() => carry(account, from, back, true));
    await mail.refresh([from.id, account.id]);
  });
}

/** To a folder of this account or of another one. */
export function moveInto(what: What, to: Mailbox, account: AccountState): Promise<void> {
  if (account === mail.account) return moveTo(what, to);
  return acting(
    moved(what, account, to).catch((error: unknown) => {
      complain(error);
      void mail.refresh();
    }),
  );
}

/** Within an account the same bytes are imported once more. */
async function imported(account: AccountState, emails: Email[], to: Mailbox): Promise<Id[]> {
  const made: Id[] = [];
  for (const some of portions(emails)) {
    const { list } = await account.client.call('Email/get', {
      accountId: account.id,
      ids: some.map((e) => e.id),
      properties: ['id', 'blobId'],
    });
    const blobs = new Map(list.map((e) => [e.id, e.blobId]));
    const { created, notCreated } = await account.client.call('Email/import', {
      accountId: account.id,
      emails: Object.fromEntries(
        some.map(({ id, keywords, receivedAt }) => [
          `c${id}`,
          { blobId: blobs.get(id), mailboxIds: { [to.id]: true }, keywords, receivedAt },
        ]),
      ),
    });
    made.push(...Object.values(created ?? {}).map((e) => e.id));
    tellFirst(notCreated);
  }
  return made;
}

async function copied(what: What, account: AccountState, to: Mailbox): Promise<void> {
  const from = mail.account;
  const emails = messagesOf(what);
  const made = await mail.hold(async () => {
    if (account === from) return imported(account, emails, to);
    const all = emails.map((email) => ({ email, id: email.id, mailboxIds: { [to.id]: true } }));
    return [...(await carry(from, account, all, false)).values()];
  });
  await mail.refresh([account.id]);
  if (!made.length) return;
  offerUndo(t('done.copied', { count: countOf(what), folder: mailboxName(to) }), async () => {
    for (const destroy of portions(made))
      await account.client.call('Email/set', { accountId: account.id, destroy });
    await mail.refresh([account.id]);
  });
}

export function copyInto(what: What, to: Mailbox, account: AccountState): Promise<void> {
  return acting(copied(what, account, to).catch(complain));
}
