import { SvelteSet } from 'svelte/reactivity';
import type { Client } from '../jmap/client';
import { Push, type Changed } from '../jmap/push';
import type { Comparator, Email, Filter, Id, Mailbox } from '../jmap/types';
import { AccountState } from './account.svelte';
import { MailList, PAGE } from './list.svelte';
import { kept } from './kept.svelte';
import { here, go, RECOVER, type Place } from './place.svelte';
import { prefs } from './prefs.svelte';
import { filterOf } from './search';
import { snoozes } from './snoozes.svelte';

const MAIL = 'urn:ietf:params:jmap:mail';
const INBOX = 'postroad.inbox.'; // and the account: where the page begins

function comparators(client: Client, accountId: Id, conversations: boolean): Comparator[] {
  const newest: Comparator = { property: 'receivedAt', isAscending: false };
  const options = client.session.accounts[accountId]?.accountCapabilities[MAIL];
  const sorts: unknown = options?.['emailQuerySortOptions'];
  const pin = conversations ? 'someInThreadHaveKeyword' : 'hasKeyword';
  if (!Array.isArray(sorts) || !sorts.includes(pin)) return [newest];
  return [{ property: pin, keyword: '$pinned', isAscending: false }, newest];
}

/** The accounts, and the list that is looked at, with what is selected in it. */
class Mail {
  accounts = $state.raw<AccountState[]>([]);
  list = $state.raw<MailList | null>(null);
  cursor = $state(-1);
  readonly selected = new SvelteSet<Id>();
  #every = $state(false);
  #anchor: Id | null = null;
  #held = 0;
  #stale = false;
  #listOf = '';

  async open(client: Client): Promise<Push> {
    const { accounts, primaryAccounts } = client.session;
    const own = primaryAccounts[MAIL];
    this.accounts = Object.entries(accounts)
      .filter(([, info]) => MAIL in info.accountCapabilities)
      .map(([id, info]) => new AccountState(id, info, client))
      .sort(
        (a, b) =>
          Number(b.id === own) - Number(a.id === own) || a.info.name.localeCompare(b.info.name),
      );
    this.list = null;
    this.#listOf = '';
    const chosen = kept.open(client);
    const folders = this.accounts.map((a) => a.loadMailboxes());
    this.begin(); // in the same request
    await Promise.all([folders[0], chosen]);
    for (const other of folders.slice(1)) other.catch(() => undefined);
    this.rememberInbox();
    return new Push(client.session, (changed) => void this.changed(changed));
  }

  /** Asks for the first rows before the folders are known, where it can be told which they are. */
  private begin(): void {
    const mailboxId = localStorage.getItem(`${INBOX}${this.own.id}`);
    if (here.accountId === null && mailboxId)
      go({ accountId: this.own.id, mailboxId, search: '', emailId: null }, true);
    if (here.accountId === null || here.search) return;
    this.settle();
    this.list?.look(0, PAGE - 1);
  }

  private rememberInbox(): void {
    const id = this.own.role('inbox')?.id;
    if (id) localStorage.setItem(`${INBOX}${this.own.id}`, id);
    if (!this.accounts.some((a) => a.id === here.accountId)) go(this.inbox(), true);
  }

  /** The person's own account. */
  get own(): AccountState {
    const own = this.accounts[0];
    if (!own) throw new Error('no account with mail');
    return own;
  }

  get account(): AccountState {
    return this.accounts.find((a) => a.id === here.accountId) ?? this.own;
  }

  get mailbox(): Mailbox | undefined {
    const { account } = this;
    return here.mailboxId === null || this.recovering
      ? undefined
      : (account.mailbox(here.mailboxId) ?? account.role('inbox'));
  }

  /** Where mail waits to be sent, when that is looked at: it has a list of its own kind. */
  get scheduled(): Mailbox | undefined {
    const { mailbox } = this;
    const there = this.account === this.own && here.search === '' && mailbox?.role === 'scheduled';
    return there ? mailbox : undefined;
  }

  /** Whether it is what was deleted that is looked at, and no mailbox. */
  get recovering(): boolean {
    return here.mailboxId === RECOVER && here.search === '';
  }

  /** The message that is open, of the list's account. */
  get opened(): Email | undefined {
    return here.emailId === null ? undefined : this.account.emails.get(here.emailId);
  }

  /** Where the page begins. */
  inbox(): Place {
    const mailboxId = this.own.role('inbox')?.id ?? null;
    return { accountId: this.own.id, mailboxId, search: '', emailId: null };
  }

  /** Makes the list fit where we are. Called whenever that, or what decides about it, changes. */
  settle(): void {
    const { account } = this;
    const { conversations } = prefs;
    const mailboxId = here.mailboxId ?? null;
    const searching = here.search !== '';
    const key = JSON.stringify([account.id, mailboxId, here.search, conversations]);
    const blind = searching && !account.mailboxes.length; // what is left out is not known yet
    if (key === this.#listOf || blind) return;
    this.#listOf = key;
    if (this.recovering) {
      this.list = null;
      this.selected.clear();
      return;
    }
    const aside = ['junk', 'trash', 'scheduled'].map((role) => account.role(role));
    const not = aside.flatMap((m) => (m ? [m.id] : []));
    const filter: Filter = searching
      ? filterOf(here.search, mailboxId, not)
      : { inMailbox: mailboxId ?? '' };
    this.list = new MailList(account, {
      filter,
      sort: comparators(account.client, account.id, conversations),
      conversations,
      searching,
    });
    this.cursor = -1;
    this.selected.clear();
    this.#anchor = null;
  }

  /** Messages that a row stands for: of its conversation, those in the mailbox that is shown. */
  members(id: Id): Email[] {
    const { account } = this;
    const email = account.emails.get(id);
    if (!email) return [];
    if (!prefs.conversations) return [email];
    const all = account.conversation(email);
    if (here.mailboxId === null || here.search) return all.length ? all : [email];
    const inside = all.filter((e) => e.mailboxIds[here.mailboxId ?? '']);
    return inside.length ? inside : [email];
  }

  /** What keys and buttons act on: the selection, else the open message, else the cursor's row. */
  targets(): Id[] {
    if (this.selected.size) return [...this.selected];
    if (here.emailId) return [here.emailId];
    const id = this.list?.ids[this.cursor];
    return id ? [id] : [];
  }

  /** All that there are, since all that are loaded are selected already. */
  selectEvery(): void {
    this.#every = true;
  }

  /** Not only these are selected: all that the list finds, loaded or not. */
  get every(): boolean {
    return this.#every && this.selected.size > 0;
  }

  get allLoadedSelected(): boolean {
    const { list, selected } = this;
    if (!list || !selected.size) return false;
    return list.ids.every((id) => id === undefined || selected.has(id));
  }

  toggle(id: Id): void {
    this.#every = false;
    if (!this.selected.delete(id)) this.selected.add(id);
    this.#anchor = id;
  }

  /** Selects from the last one that was touched to this. */
  extend(id: Id): void {
    this.#every = false;
    const { list } = this;
    if (!list) return;
    const from = this.#anchor ? list.position(this.#anchor) : this.cursor;
    const to = list.position(id);
    const [low, high] = from < to ? [Math.max(from, 0), to] : [to, from];
    for (let i = low; i <= high; i++) {
      const between = list.ids[i];
      if (between !== undefined) this.selected.add(between);
    }
  }

  selectLoaded(): void {
    this.#every = false;
    for (const id of this.list?.ids ?? []) if (id !== undefined) this.selected.add(id);
  }

  /** Opens a row: only ever because the person said so (P13). */
  read(id: Id): void {
    this.cursor = this.list?.position(id) ?? -1;
    this.#anchor = id;
    go({ emailId: id });
  }

  /** Back to the list. */
  close(): void {
    if (here.emailId !== null) go({ emailId: null });
  }

  /** While our own changes are under way, what the server tells waits for them. */
  async hold<T>(work: () => PromiseLike<T>): Promise<T> {
    this.#held++;
    try {
      return await work();
    } finally {
      this.#held--;
      if (!this.#held && this.#stale) void this.refresh();
    }
  }

  private changed(changed: Changed): Promise<void> {
    if (prefs.notify)
      void import('./notify.svelte').then(({ heard }) => heard(this.own.client, changed));
    const all = this.accounts.map((a) => a.id);
    const types = (id: Id): string[] => Object.keys(changed?.[id] ?? {});
    if (!changed || types(this.own.id).includes('Setting')) void kept.load();
    if (!changed || types(this.own.id).includes('Snooze')) snoozes.forget();
    const withMail = (id: Id): boolean => types(id).some((type) => type !== 'Setting');
    return this.refresh(changed ? all.filter(withMail) : all);
  }

  async refresh(accountIds: Id[] = this.accounts.map((a) => a.id)): Promise<void> {
    if (this.#held) {
      this.#stale = true;
      return;
    }
    this.#stale = false;
    const work = this.accounts
      .filter((a) => accountIds.includes(a.id))
      .map((a) => a.loadMailboxes());
    if (accountIds.includes(this.account.id) && this.list) work.push(this.list.refresh());
    await Promise.allSettled(work);
  }
}

export const mail = new Mail();
