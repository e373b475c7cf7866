import { SvelteMap } from 'svelte/reactivity';
import type { Email, Id, UtcDate } from '../jmap/types';
import type { AccountState } from './account.svelte';

export const SNOOZED = '$snoozed';

/** Until when messages are put off, as far as somebody looked at them. */
class Snoozes {
  readonly until = new SvelteMap<Id, UtcDate>();
  #asked = new Set<Id>();

  /** Asks about those of these rows that are put off, once they are on the screen. */
  look(account: AccountState, emails: Email[]): void {
    const ids = emails
      .filter((e) => e.keywords[SNOOZED] && !this.#asked.has(e.id))
      .map((e) => e.id);
    if (!ids.length) return;
    for (const id of ids) this.#asked.add(id);
    account.client
      .call('Snooze/get', { accountId: account.id, ids })
      .then(({ list }) => list.forEach((s) => this.until.set(s.id, s.until)))
      .then(undefined, () => ids.forEach((id) => this.#asked.delete(id)));
  }

  /** Something changed: who looks again is told anew. */
  forget(): void {
    this.#asked.clear();
  }
}

export const snoozes = new Snoozes();
