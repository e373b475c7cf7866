import { t } from '../../i18n/index.svelte';
import type { Filter, Mailbox } from '../../jmap/types';
import type { AccountState } from '../../state/account.svelte';
import { mail } from '../../state/mail.svelte';

/** All messages that a filter finds, loaded or not. */
export interface Scope {
  account: AccountState;
  filter: Filter;
}

/** What is done for good to so many, once somebody says yes. */
export interface Doomed {
  scope: Scope;
  count: number;
}

/** Something that is done to many messages, portion by portion, with how far it is. */
class Work {
  now = $state.raw<{ words: string; done: number; total: number } | null>(null);
  asking = $state.raw<Doomed | null>(null);
  stopped = false;

  begin(words: string, total: number): void {
    this.stopped = false;
    this.now = { words, done: 0, total };
  }

  step(by: number): void {
    if (this.now) this.now = { ...this.now, done: Math.min(this.now.total, this.now.done + by) };
  }

  /** What is done stays done, and can be undone. */
  stop(): void {
    this.stopped = true;
  }

  end(): void {
    this.now = null;
  }
}

export const work = new Work();

/** What the list shows. */
export function shownScope(): Scope {
  return { account: mail.account, filter: mail.list?.query.filter ?? { inMailbox: '' } };
}

export function askToEmpty(account: AccountState, mailbox: Mailbox): void {
  work.asking = {
    scope: { account, filter: { inMailbox: mailbox.id } },
    count: mailbox.totalEmails,
  };
}

export type EveryAct = 'archive' | 'delete' | 'junk' | 'read' | 'unread' | 'flag';

/** Does it to all that the list finds. Its code comes when it is first done. */
export async function doToEvery(act: EveryAct): Promise<void> {
  const scope = shownScope();
  const count = mail.list?.total ?? 0;
  const { perform, allRead } = await import('./every');
  mail.selected.clear();
  if (act === 'read') await allRead(scope);
  else await perform(act, scope, count);
}

export async function markAllRead(scope: Scope): Promise<void> {
  await (await import('./every')).allRead(scope);
}

export function progressText(): string {
  const { now } = work;
  return now ? t('every.progress', { what: now.words, done: now.done, total: now.total }) : '';
}
