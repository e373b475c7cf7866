import type { Quota } from '../jmap/types';
import type { AccountState } from './account.svelte';

const QUOTA = 'urn:ietf:params:jmap:quota';
const ASKED_MS = 60_000; // at most once in that time

export type Level = 'fine' | 'near' | 'full';

/** The server warns above this part of the limit, too. */
export const NEAR = 0.9;

export function levelOf({ used, hardLimit }: Pick<Quota, 'used' | 'hardLimit'>): Level {
  if (used >= hardLimit) return 'full';
  return used >= hardLimit * NEAR ? 'near' : 'fine';
}

/** The one that is nearest to its end; null: nothing is limited. */
export function tightest(list: Quota[]): Quota | null {
  const part = (q: Quota): number => (q.hardLimit ? q.used / q.hardLimit : 1);
  return list.reduce<Quota | null>((a, b) => (a && part(a) >= part(b) ? a : b), null);
}

/** How much of the space for the person's own mail is used. */
class Space {
  quota = $state.raw<Quota | null>(null);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Asks again, soon: what was asked a moment ago will do for a while. */
  look(account: AccountState): void {
    if (!(QUOTA in account.info.accountCapabilities)) return;
    clearTimeout(this.#timer);
    const wait = Math.max(0, this.#asked + ASKED_MS - Date.now());
    this.#timer = setTimeout(() => void this.#ask(account), wait);
  }

  async #ask(account: AccountState): Promise<void> {
    this.#asked = Date.now();
    try {
      const { list } = await account.client.call('Quota/get', { accountId: account.id, ids: null });
      this.quota = tightest(list);
    } catch {
      // it stays as it was
    }
  }
}

export const space = new Space();
