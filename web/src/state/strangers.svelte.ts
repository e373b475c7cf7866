import { SvelteMap } from 'svelte/reactivity';
import type { Email } from '../jmap/types';
import type { AccountState } from './account.svelte';
import { homeOf, isOutside, senderOf } from './sender';

const ASKED_AT_ONCE = 10;

/**
 * Who is unknown (P12): of outside, never written to, and never heard of before. Each address is
 * asked for once a visit.
 */
class Strangers {
  #homes: string[] = [];
  readonly #unknown = new SvelteMap<string, boolean>();
  #waiting = new Map<string, { account: AccountState; email: Email }>();

  begin(accounts: AccountState[]): void {
    this.#homes = [...new Set(accounts.map((a) => homeOf(a.info.name)))];
  }

  isOutside(email: Email): boolean {
    return isOutside(email, this.#homes);
  }

  isStranger(email: Email): boolean {
    return this.isOutside(email) && this.#unknown.get(senderOf(email)) === true;
  }

  /** Asks about the senders of these rows, once they are on the screen. */
  look(account: AccountState, emails: Email[]): void {
    const before = this.#waiting.size;
    for (const email of emails) {
      const sender = senderOf(email);
      if (!sender || this.#unknown.has(sender) || !this.isOutside(email)) continue;
      if (!this.#waiting.has(sender)) this.#waiting.set(sender, { account, email });
    }
    if (!before && this.#waiting.size) setTimeout(() => void this.#ask());
  }

  async #ask(): Promise<void> {
    while (this.#waiting.size) {
      const some = [...this.#waiting].slice(0, ASKED_AT_ONCE);
      for (const [sender] of some) this.#waiting.delete(sender);
      await Promise.all(
        some.map(([sender, { account, email }]) => this.#one(sender, account, email)),
      );
    }
  }

  async #one(sender: string, account: AccountState, email: Email): Promise<void> {
    const { client, id: accountId } = account;
    const { id: sent } = account.role('sent') ?? {};
    const once = { accountId, limit: 1 };
    const heard = { from: sender, before: email.receivedAt };
    const written = sent ? { inMailbox: sent, to: sender } : { from: sender, to: sender };
    try {
      const answers = await Promise.all([
        client.call('Email/query', { ...once, filter: heard }),
        client.call('Email/query', { ...once, filter: written }),
      ]);
      this.#unknown.set(
        sender,
        answers.every(({ ids }) => ids.length === 0),
      );
    } catch {
      this.#unknown.set(sender, false); // not known to be unknown
    }
  }
}

export const strangers = new Strangers();
