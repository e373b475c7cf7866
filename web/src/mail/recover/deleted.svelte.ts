import { SvelteSet } from 'svelte/reactivity';
import { t } from '../../i18n/index.svelte';
import type { Id, Recoverable } from '../../jmap/types';
import { complain } from '../../state/actions';
import { mail } from '../../state/mail.svelte';
import { offerUndo } from '../../state/undo.svelte';
import { mailboxName } from '../names';
import { refusal } from '../../state/reasons';

const PAGE = 50;
const AT_ONCE = 500; // ids of one Recoverable/restore

/** What was deleted for good and can be had back yet; the last first. */
export class Deleted {
  rows = $state.raw<Recoverable[]>([]);
  total = $state(0);
  ready = $state(false);
  failed = $state.raw<Error | null>(null);
  busy = $state(false);
  readonly selected = new SvelteSet<Id>();
  readonly account = mail.own;

  /** The next ones, or with anew all from the first. */
  async more(anew = false): Promise<void> {
    const { client, id: accountId } = this.account;
    const limit = anew ? Math.max(PAGE, this.rows.length) : PAGE;
    const query = client.call('Recoverable/query', {
      accountId,
      sort: [{ property: 'removedAt', isAscending: false }],
      position: anew ? 0 : this.rows.length,
      limit: Math.min(limit, AT_ONCE),
      calculateTotal: true,
    });
    const get = client.call('Recoverable/get', { accountId, '#ids': query.ref('/ids') });
    try {
      const [{ ids, total }, { list }] = await Promise.all([query, get]);
      const byId = new Map(list.map((row) => [row.id, row]));
      const found = ids.flatMap((id) => byId.get(id) ?? []);
      this.rows = anew ? found : [...this.rows, ...found];
      this.total = total ?? this.rows.length;
      this.failed = null;
      this.ready = true;
    } catch (error) {
      this.failed = error as Error;
    }
  }

  get allSelected(): boolean {
    return this.rows.length > 0 && this.selected.size === this.rows.length;
  }

  toggle(id: Id): void {
    if (!this.selected.delete(id)) this.selected.add(id);
  }

  toggleAll(): void {
    if (this.allSelected) this.selected.clear();
    else for (const { id } of this.rows) this.selected.add(id);
  }

  /** Brings the selected ones back, each to where it was, or to the inbox. */
  async restore(): Promise<void> {
    const { client, id: accountId } = this.account;
    const ids = [...this.selected].slice(0, AT_ONCE);
    this.busy = true;
    try {
      const answer = await client.call('Recoverable/restore', { accountId, ids });
      const restored = answer.restored ?? {};
      const refused = Object.values(answer.notRestored ?? {})[0];
      this.selected.clear();
      await Promise.all([this.more(true), mail.refresh([accountId])]);
      if (refused) complain(refusal(refused));
      this.told(restored);
    } catch (error) {
      complain(error);
    } finally {
      this.busy = false;
    }
  }

  private told(restored: Record<Id, Id>): void {
    const ids = Object.keys(restored);
    const places = [...new Set(Object.values(restored))].flatMap(
      (id) => this.account.mailbox(id) ?? [],
    );
    const only = places.length === 1 ? places[0] : undefined;
    const values = { count: ids.length, folder: only ? mailboxName(only) : '' };
    if (!ids.length) return;
    offerUndo(t(only ? 'recover.doneTo' : 'recover.done', values), async () => {
      const { client, id: accountId } = this.account;
      await client.call('Email/set', { accountId, destroy: ids });
      await Promise.all([this.more(true), mail.refresh([accountId])]);
    });
  }
}
