/** Acts on all messages that a filter finds: in portions, with progress, and with a way back. */
import { t } from '../../i18n/index.svelte';
import type { Key } from '../../i18n/en';
import type { Patch, SetError } from '../../jmap/methods';
import type { Email, Filter, Id, Mailbox, MailboxRights } from '../../jmap/types';
import type { AccountState } from '../../state/account.svelte';
import { complain, deletesForGood, JUNK, NOT_JUNK } from '../../state/actions';
import { dropLabel, insertLabel, labelName, type Label } from '../../state/labels.svelte';
import { mail } from '../../state/mail.svelte';
import { refusal } from '../../state/reasons';
import { allows } from '../../state/rights';
import { acting, offerUndo } from '../../state/undo.svelte';
import { toast } from '../../ui/toasts.svelte';
import { mailboxName } from '../names';
import { work, type EveryAct, type Scope } from './work.svelte';

const AT_ONCE = 500; // objects of one call (maxObjectsInSet, maxObjectsInGet)
const IDS_AT_ONCE = 5000;
const RECOVER = 'https://postroad.org/jmap/recover';

type Bare = Pick<Email, 'id' | 'mailboxIds' | 'keywords'>;

interface Step {
  id: Id;
  forth: Patch;
  back: Patch;
}

/** What a kind of act makes of one message; null: it is so already. */
interface Deed {
  words: Key;
  values?: Record<string, string>;
  right: keyof MailboxRights;
  step: (email: Bare) => Step | null;
}

function* portions<T>(all: T[]): Generator<T[]> {
  for (let i = 0; i < all.length; i += AT_ONCE) yield all.slice(i, i + AT_ONCE);
}

/** The oldest first, so that what comes in meanwhile moves nothing. */
export async function idsOf({ account, filter }: Scope): Promise<Id[]> {
  const ids = new Set<Id>();
  for (let position = 0; ; ) {
    const answer = await account.client.call('Email/query', {
      accountId: account.id,
      filter,
      sort: [{ property: 'receivedAt', isAscending: true }],
      position,
      limit: IDS_AT_ONCE,
    });
    for (const id of answer.ids) ids.add(id);
    position += answer.ids.length;
    if (!answer.ids.length) return [...ids];
  }
}

async function stepsOf({ account }: Scope, ids: Id[], deed: Deed): Promise<Step[]> {
  const { list } = await account.client.call('Email/get', {
    accountId: account.id,
    ids,
    properties: ['id', 'mailboxIds', 'keywords'],
  });
  return (list as Email[])
    .filter((email) => allows(account, email, deed.right))
    .flatMap((email) => deed.step(email) ?? []);
}

/** Sends them; returns those that the server did. The first refusal is told. */
async function send(scope: Scope, steps: Step[], way: 'forth' | 'back'): Promise<Step[]> {
  if (!steps.length) return [];
  const { notUpdated } = await scope.account.client.call('Email/set', {
    accountId: scope.account.id,
    update: Object.fromEntries(steps.map((step) => [step.id, step[way]])),
  });
  tellFirst(notUpdated);
  return steps.filter(({ id }) => !notUpdated?.[id]);
}

function tellFirst(refused: Record<Id, SetError> | null): void {
  const first = Object.values(refused ?? {})[0];
  if (first) complain(refusal(first));
}

/** Portion by portion, until it is stopped. What went wrong is told; what was done is returned. */
async function inPortions<T, D>(
  words: string,
  all: T[],
  one: (some: T[]) => Promise<D[]>,
): Promise<D[]> {
  const done: D[] = [];
  work.begin(words, all.length);
  try {
    for (const some of portions(all)) {
      if (work.stopped) break;
      done.push(...(await one(some)));
      work.step(some.length);
    }
  } catch (error) {
    complain(error);
  } finally {
    work.end();
  }
  return done;
}

/** beside: what is undone with it, so that there is something to undo in any case. */
async function run(scope: Scope, deed: Deed, beside?: () => void): Promise<void> {
  const named = (count: number): string => t(deed.words, { ...deed.values, count });
  const done = await mail.hold(async () => {
    const ids = await idsOf(scope);
    return inPortions(named(ids.length), ids, async (some) =>
      send(scope, await stepsOf(scope, some, deed), 'forth'),
    );
  });
  await mail.refresh([scope.account.id]);
  if (!done.length && !beside) {
    toast(t('every.none'));
    return;
  }
  const words = named(done.length);
  offerUndo(words, async () => {
    beside?.();
    await mail.hold(() => inPortions(t('undo.undo'), done, (some) => send(scope, some, 'back')));
    await mail.refresh([scope.account.id]);
  });
}

function begin(scope: Scope, deed: Deed): Promise<void> {
  return acting(run(scope, deed).catch(complain));
}

function moving(to: Mailbox, words: Key, also: Patch = {}): Deed {
  return {
    words,
    values: { folder: mailboxName(to) },
    right: 'mayRemoveItems',
    step: ({ id, mailboxIds, keywords }) =>
      mailboxIds[to.id]
        ? null
        : { id, forth: { mailboxIds: { [to.id]: true }, ...also }, back: { mailboxIds, keywords } },
  };
}

export function marking(keyword: string, on: boolean, words: Key, label = ''): Deed {
  const key = `keywords/${keyword.replace(/~/g, '~0').replace(/\//g, '~1')}`;
  return {
    words,
    values: { label },
    right: keyword === '$seen' ? 'maySetSeen' : 'maySetKeywords',
    step: ({ id, keywords }) =>
      Boolean(keywords[keyword]) === on
        ? null
        : { id, forth: { [key]: on ? true : null }, back: { [key]: on ? null : true } },
  };
}

export function moveEvery(scope: Scope, to: Mailbox): Promise<void> {
  return begin(scope, moving(to, 'done.moved'));
}

export function labelEvery(scope: Scope, keyword: string, name: string): Promise<void> {
  return begin(scope, marking(keyword, true, 'done.labelled', name));
}

/** Only those that are not read yet are asked for. */
export function allRead({ account, filter }: Scope): Promise<void> {
  const unread: Filter = { operator: 'AND', conditions: [filter, { notKeyword: '$seen' }] };
  return begin({ account, filter: unread }, marking('$seen', true, 'done.read'));
}

/** Out of a folder for good: that was asked before. */
export function destroyEvery(scope: Scope): Promise<void> {
  return acting(destroyed(scope).catch(complain));
}

async function destroyed(scope: Scope): Promise<void> {
  const { client, id: accountId, info } = scope.account;
  const gone = await mail.hold(async () => {
    const ids = await idsOf(scope);
    return inPortions(t('done.destroyed', { count: ids.length }), ids, async (destroy) => {
      const answer = await client.call('Email/set', { accountId, destroy });
      tellFirst(answer.notDestroyed);
      return answer.destroyed ?? [];
    });
  });
  await mail.refresh([accountId]);
  if (!gone.length) return;
  const words = t('done.destroyed', { count: gone.length });
  if (!(RECOVER in info.accountCapabilities)) {
    toast(words);
    return;
  }
  offerUndo(words, async () => {
    await mail.hold(() =>
      inPortions(t('undo.undo'), gone, async (ids) => {
        const answer = await client.call('Recoverable/restore', { accountId, ids });
        tellFirst(answer.notRestored);
        return Object.keys(answer.restored ?? {});
      }),
    );
    await mail.refresh([accountId]);
  });
}

/** What was deleted, into a folder that was made anew. */
export async function restoreInto(account: AccountState, all: Id[], to: Id): Promise<void> {
  await mail.hold(() =>
    inPortions(t('undo.undo'), all, async (ids) => {
      const answer = await account.client.call('Recoverable/restore', {
        accountId: account.id,
        ids,
        mailboxId: to,
      });
      tellFirst(answer.notRestored);
      return Object.keys(answer.restored ?? {});
    }),
  );
  await mail.refresh([account.id]);
}

/** Nothing carries it any more, and nobody is offered it. */
export function removeLabel(label: Label): Promise<void> {
  const at = dropLabel(label.keyword);
  const scope = { account: mail.own, filter: { hasKeyword: label.keyword } };
  const deed = marking(label.keyword, false, 'label.removed', labelName(label));
  return acting(run(scope, deed, () => insertLabel(label, at)).catch(complain));
}

const ROLES = {
  archive: ['archive', 'done.archived', {}],
  delete: ['trash', 'done.deleted', {}],
  junk: ['junk', 'done.junk', JUNK],
  notJunk: ['inbox', 'done.notJunk', NOT_JUNK],
} as const;

export async function perform(act: EveryAct, scope: Scope, count: number): Promise<void> {
  if (act === 'read' || act === 'unread')
    return begin(scope, marking('$seen', act === 'read', `done.${act}`));
  if (act === 'flag') return begin(scope, marking('$flagged', true, 'done.flagged'));
  if (act === 'delete' && deletesForGood()) {
    work.asking = { scope, count };
    return;
  }
  const [role, words, also] = ROLES[act === 'junk' && inJunk() ? 'notJunk' : act];
  const to = scope.account.role(role);
  if (to) await begin(scope, moving(to, words, also));
  else complain(new Error(t('error.noFolder', { folder: role })));
}

function inJunk(): boolean {
  return mail.mailbox?.role === 'junk';
}
