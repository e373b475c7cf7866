import type { QueryArguments } from '../jmap/methods';
import type { Comparator, Email, Filter, Id, SearchSnippet } from '../jmap/types';
import { SvelteMap } from 'svelte/reactivity';
import { ROW, type AccountState } from './account.svelte';

export const PAGE = 50;
const WINDOW_MAX = 200; // rows asked for anew after a change

/** What a list is of. */
export interface ListQuery {
  filter: Filter;
  sort: Comparator[];
  conversations: boolean;
  searching: boolean; // hits are highlighted
}

/**
 * A list of which only the parts that were looked at are known: ids by position. Rows come in
 * pages, each one request: query, rows and, for conversations, all their messages.
 */
export class MailList {
  total = $state(0);
  ready = $state(false);
  failed = $state.raw<Error | null>(null);
  /** How many rows came in above of those that are looked at; whoever scrolls adds them. */
  moved = $state.raw({ rows: 0 });
  ids = $state.raw<(Id | undefined)[]>([]);
  readonly snippets = new SvelteMap<Id, SearchSnippet>();
  #loading = new Set<number>();
  #generation = 0;
  #first = 0;
  #last = PAGE - 1;

  constructor(
    readonly account: AccountState,
    readonly query: ListQuery,
  ) {}

  at(position: number): Email | undefined {
    const id = this.ids[position];
    return id === undefined ? undefined : this.account.emails.get(id);
  }

  position(id: Id): number {
    return this.ids.indexOf(id);
  }

  /** Asks for what is not known of the rows that are looked at. */
  look(first: number, last: number): void {
    this.#first = first;
    this.#last = last;
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
      if (this.#loading.has(page) || this.#knows(page)) continue;
      void this.#load(page);
    }
  }

  /** Asks again for what is looked at: something changed. The rest is forgotten. */
  async refresh(): Promise<void> {
    const generation = ++this.#generation;
    const from = Math.max(0, this.#first - 10);
    const limit = Math.min(WINDOW_MAX, Math.max(PAGE, this.#last + 20 - from));
    const anchor = this.#first > 0 ? this.ids[this.#first] : undefined;
    const offset = from - this.#first;
    const place: Partial<QueryArguments> = anchor
      ? { anchor, anchorOffset: offset, limit }
      : { position: from, limit };
    const answer = await this.#ask(place).catch(() => this.#ask({ position: from, limit }));
    if (generation !== this.#generation) return;
    const ids = new Array<Id | undefined>(answer.total);
    answer.ids.forEach((id, i) => (ids[answer.position + i] = id));
    this.#loading.clear();
    this.ids = ids;
    this.total = answer.total;
    this.ready = true;
    if (anchor && answer.position !== from) this.moved = { rows: answer.position - from };
    this.look(this.#first, this.#last); // who scrolled meanwhile looks at what is forgotten now
  }

  /** Takes rows away before the server confirms it. */
  remove(gone: Set<Id>): void {
    const next: (Id | undefined)[] = [];
    let up = 0;
    this.ids.forEach((id, i) => {
      if (id !== undefined && gone.has(id)) up++;
      else next[i - up] = id;
    });
    this.total = Math.max(0, this.total - up);
    next.length = this.total;
    this.ids = next;
  }

  /** Another message stands for the row. */
  swap(from: Id, to: Id): void {
    this.ids = this.ids.map((id) => (id === from ? to : id));
  }

  #knows(page: number): boolean {
    if (!this.ready) return false;
    const end = Math.min((page + 1) * PAGE, this.total);
    for (let i = page * PAGE; i < end; i++) if (this.ids[i] === undefined) return false;
    return true;
  }

  async #load(page: number): Promise<void> {
    const generation = this.#generation;
    this.#loading.add(page);
    try {
      const answer = await this.#ask({ position: page * PAGE, limit: PAGE });
      if (generation !== this.#generation) return;
      const ids = this.ids.slice();
      ids.length = answer.total;
      answer.ids.forEach((id, i) => (ids[answer.position + i] = id));
      this.ids = ids;
      this.total = answer.total;
      this.ready = true;
      this.failed = null;
    } catch (error) {
      this.failed = error as Error;
    } finally {
      if (generation === this.#generation) this.#loading.delete(page);
    }
  }

  /** Ids of a window, with their rows taken. */
  async #ask(
    place: Partial<QueryArguments>,
  ): Promise<{ ids: Id[]; position: number; total: number }> {
    const { client, id: accountId } = this.account;
    const { filter, sort, conversations, searching } = this.query;
    const query = client.call('Email/query', {
      accountId,
      filter,
      sort,
      collapseThreads: conversations,
      calculateTotal: true,
      ...place,
    });
    const properties = ROW;
    const rows = client.call('Email/get', { accountId, '#ids': query.ref('/ids'), properties });
    if (conversations) this.#askConversations(rows.ref('/list/*/threadId'));
    if (searching)
      client
        .call('SearchSnippet/get', { accountId, filter, '#emailIds': query.ref('/ids') })
        .then(({ list }) => list.forEach((s) => this.snippets.set(s.emailId, s)))
        .then(undefined, () => undefined); // rows are shown without marks
    const [found, { list }] = await Promise.all([query, rows]);
    this.account.take(list);
    return {
      ids: found.ids,
      position: found.position,
      total: found.total ?? found.position + found.ids.length,
    };
  }

  #askConversations(ids: ReturnType<ReturnType<AccountState['client']['call']>['ref']>): void {
    const { client, id: accountId, threads } = this.account;
    const asked = client.call('Thread/get', { accountId, '#ids': ids });
    const members = client.call('Email/get', {
      accountId,
      '#ids': asked.ref('/list/*/emailIds'),
      properties: ROW,
    });
    Promise.all([asked, members])
      .then(([{ list }, { list: emails }]) => {
        this.account.take(emails);
        for (const thread of list) threads.set(thread.id, thread.emailIds);
      })
      .catch(() => undefined); // too many at once: rows stand for themselves until opened
  }
}
