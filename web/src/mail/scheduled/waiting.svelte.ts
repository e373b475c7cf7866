import '../../compose/methods';
import type { EmailSubmission } from '../../compose/methods';
import { openDesk, type Desk } from '../../compose/desk';
import { resend, withdraw } from '../../compose/sending';
import { tellSent, untell } from '../../compose/sent';
import { writing } from '../../compose/writing.svelte';
import type { Email, Mailbox } from '../../jmap/types';
import { ROW } from '../../state/account.svelte';
import { complain } from '../../state/actions';
import { mail } from '../../state/mail.svelte';

const SHOWN_MAX = 500;

/** A message that waits; submission null: it lies there, but nothing will send it. */
export interface Waiting {
  email: Email;
  submission: EmailSubmission | null;
}

/** Each message with what will send it: the next to leave first, then those that nothing sends. */
export function join(emails: Email[], submissions: EmailSubmission[]): Waiting[] {
  const byEmail = new Map(submissions.map((s) => [s.emailId, s]));
  const at = (w: Waiting): string => w.submission?.sendAt ?? '9';
  return emails
    .map((email) => ({ email, submission: byEmail.get(email.id) ?? null }))
    .sort((a, b) => at(a).localeCompare(at(b)));
}

/** What is sent later, of the person's own account. */
export class Held {
  rows = $state.raw<Waiting[]>([]);
  ready = $state(false);
  failed = $state.raw<Error | null>(null);
  busy = $state(false);
  desk = $state.raw<Desk | null>(null);
  readonly account = mail.own;

  constructor(readonly mailbox: Mailbox) {}

  async load(): Promise<void> {
    const { client, id: accountId } = this.account;
    const pending = client.call('EmailSubmission/query', {
      accountId,
      filter: { undoStatus: 'pending' },
      limit: SHOWN_MAX,
    });
    const submissions = client.call('EmailSubmission/get', {
      accountId,
      '#ids': pending.ref('/ids'),
    });
    const lying = client.call('Email/query', {
      accountId,
      filter: { inMailbox: this.mailbox.id },
      limit: SHOWN_MAX,
    });
    const emails = client.call('Email/get', {
      accountId,
      '#ids': lying.ref('/ids'),
      properties: ROW,
    });
    try {
      const [{ list: rows }, { list: sent }] = await Promise.all([emails, submissions]);
      this.rows = join(rows, sent);
      this.failed = null;
      this.ready = true;
      this.desk ??= await openDesk(client);
    } catch (error) {
      this.failed = error as Error;
    }
  }

  /** A draft again, and open to be written on. */
  edit(row: Waiting): Promise<void> {
    return this.#with(async (desk) => {
      untell();
      await withdraw(desk, row.submission, row.email.id);
      await writing.edit(row.email.id, undefined, true);
    });
  }

  /** Goes at once, or at another hour. */
  send(row: Waiting, at: Date | null): Promise<void> {
    return this.#with(async (desk) => {
      if (!row.submission) return;
      untell();
      tellSent(desk, await resend(desk, row.submission, row.email, at), at);
    });
  }

  async #with(work: (desk: Desk) => Promise<void>): Promise<void> {
    if (!this.desk || this.busy) return;
    this.busy = true;
    try {
      await mail.hold(() => work(this.desk as Desk));
    } catch (error) {
      complain(error);
    } finally {
      this.busy = false;
      await Promise.all([this.load(), mail.refresh([this.account.id])]);
    }
  }
}
