import type { Client } from '../jmap/client';
import type { Id } from '../jmap/types';

const SETTINGS = 'https://postroad.org/jmap/settings';
const OWNER = 'postroad.owner'; // whose choices this device remembers
const PAUSE_MS = 400;

/** Something that a person chose, found again wherever they sign in. */
interface Choice {
  /** What it was on another device; not trusted to have any shape. */
  read: (value: unknown) => void;
  write: () => unknown;
  /** What it is for who has chosen nothing. */
  reset: () => void;
}

/**
 * Choices are kept by the server (Setting, docs/JMAP_MORE.md). The device keeps a copy, so that the
 * first picture is right; it is another person's when somebody else signs in, and then forgotten.
 */
class Kept {
  #client: Client | null = null;
  #accountId: Id = '';
  readonly #choices = new Map<string, Choice>();
  /** Keys that the server has. */
  #there = new Set<string>();
  /** Keys whose value is on its way. */
  readonly #waiting = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    if (typeof document === 'undefined') return; // a unit test
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') void this.#send();
    });
  }

  /** key: letters, digits, - and _ */
  choice(key: string, choice: Choice): void {
    this.#choices.set(key, choice);
  }

  /** Somebody has signed in. What they chose is known once this is done. */
  async open(client: Client): Promise<void> {
    this.#accountId = client.session.primaryAccounts[SETTINGS] ?? '';
    this.#client = this.#accountId ? client : null;
    this.#there = new Set();
    const owner = client.session.username;
    const before = localStorage.getItem(OWNER);
    if (before !== null && before !== owner) this.forget();
    localStorage.setItem(OWNER, owner);
    await this.load();
  }

  /** Signed out: nothing of a person stays on the device. */
  forget(): void {
    this.#waiting.clear();
    for (const { reset } of this.#choices.values()) reset();
  }

  /** As the server has it; what is on its way there counts more. */
  async load(): Promise<void> {
    if (!this.#client) return;
    const ids = [...this.#choices.keys()];
    try {
      const { list } = await this.#client.call('Setting/get', { accountId: this.#accountId, ids });
      this.#there = new Set(list.map((s) => s.key));
      for (const { key, value } of list)
        if (!this.#waiting.has(key)) this.#choices.get(key)?.read(value);
    } catch {
      // not reached: what the device has will do
    }
  }

  /** It was chosen anew. */
  put(key: string): void {
    this.#waiting.add(key);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), PAUSE_MS);
  }

  async #send(): Promise<void> {
    clearTimeout(this.#timer);
    const keys = [...this.#waiting];
    if (!this.#client || !keys.length) return;
    const create: Record<string, { key: string; value: unknown }> = {};
    const update: Record<Id, { value: unknown }> = {};
    for (const key of keys) {
      const value = this.#choices.get(key)?.write();
      if (this.#there.has(key)) update[key] = { value };
      else create[key] = { key, value };
    }
    try {
      const answer = await this.#client.call('Setting/set', {
        accountId: this.#accountId,
        create,
        update,
      });
      for (const key of keys) this.#there.add(key);
      for (const key of Object.keys(answer.notUpdated ?? {})) this.#there.delete(key);
      for (const key of keys) this.#waiting.delete(key);
    } catch {
      // the next change takes it along
    }
  }
}

export const kept = new Kept();

/** What this device has, or null; broken text is nothing. */
export function onDevice(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as unknown;
  } catch {
    return null;
  }
}

export function toDevice(key: string, value: unknown): void {
  localStorage.setItem(key, JSON.stringify(value));
}
