import { SvelteMap } from 'svelte/reactivity';
import type { Client } from '../jmap/client';
import type { Account, Email, EmailContent, Id, Mailbox } from '../jmap/types';

export const ROW = [
  'id',
  'threadId',
  'mailboxIds',
  'keywords',
  'from',
  'to',
  'subject',
  'receivedAt',
  'size',
  'preview',
  'hasAttachment',
];

const MAILBOX = [
  'id',
  'name',
  'parentId',
  'role',
  'sortOrder',
  'totalEmails',
  'unreadEmails',
  'myRights',
  'isSubscribed',
];

const CONTENTS_KEPT = 100; // opened messages; what they say never changes

/** What is known of one account: its mailboxes, and the messages that were looked at. */
export class AccountState {
  mailboxes = $state.raw<Mailbox[]>([]);
  readonly emails = new SvelteMap<Id, Email>();
  readonly threads = new SvelteMap<Id, Id[]>();
  readonly contents = new SvelteMap<Id, EmailContent>();
  /** Read ahead: not opened yet, and shown by nobody. */
  readonly ahead = new Map<Id, EmailContent>();
  readonly #byId = $derived(new Map(this.mailboxes.map((m) => [m.id, m])));

  constructor(
    readonly id: Id,
    readonly info: Account,
    readonly client: Client,
  ) {}

  mailbox(id: Id): Mailbox | undefined {
    return this.#byId.get(id);
  }

  role(role: string): Mailbox | undefined {
    return this.mailboxes.find((m) => m.role === role);
  }

  async loadMailboxes(): Promise<void> {
    const { list } = await this.client.call('Mailbox/get', {
      accountId: this.id,
      ids: null,
      properties: MAILBOX,
    });
    this.mailboxes = list;
  }

  /** Takes rows as the server has them. */
  take(list: Email[]): void {
    for (const email of list) this.emails.set(email.id, email);
  }

  keep(content: EmailContent): void {
    this.contents.set(content.id, content);
    const oldest = this.contents.keys().next().value;
    if (this.contents.size > CONTENTS_KEPT && oldest !== undefined) this.contents.delete(oldest);
  }

  /** Messages of a row: those of its conversation, oldest first, or itself. What was thrown away is
      a conversation of its own. */
  conversation(email: Email): Email[] {
    const ids = this.threads.get(email.threadId) ?? [email.id];
    const all = ids.map((id) => this.emails.get(id)).filter((e) => e !== undefined);
    const away = this.#thrownAway(email);
    return all.filter((e) => this.#thrownAway(e) === away);
  }

  #thrownAway({ mailboxIds }: Email): boolean {
    const role = this.mailbox(Object.keys(mailboxIds)[0] ?? '')?.role;
    return role === 'trash' || role === 'junk';
  }

  /** Shows a change before the server confirms it. */
  patch(id: Id, change: Partial<Email>): void {
    const email = this.emails.get(id);
    if (email) this.emails.set(id, { ...email, ...change });
  }

  /** Moves counts along with messages that leave or come, or are read. */
  count(mailboxId: Id, total: number, unread: number): void {
    this.mailboxes = this.mailboxes.map((m) =>
      m.id === mailboxId
        ? {
            ...m,
            totalEmails: Math.max(0, m.totalEmails + total),
            unreadEmails: Math.max(0, m.unreadEmails + unread),
          }
        : m,
    );
  }
}
