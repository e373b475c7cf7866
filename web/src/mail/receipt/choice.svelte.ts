/** What a person wants done when somebody asks for a receipt; the same on every device. */
import type { Client } from '../../jmap/client';
import type { GetAnswer, SetAnswer } from '../../jmap/methods';
import type { Id } from '../../jmap/types';
import { refusal } from '../../state/reasons';

export const choices = ['ask', 'never', 'inside'] as const;
export type Choice = (typeof choices)[number];

interface Kept {
  id: Id;
  value: unknown;
}

const KEY = 'receipts';
const SETTINGS = 'https://postroad.org/jmap/settings';

/** A method of ours that the typed ones do not name. */
async function call<A>(client: Client, name: string, args: Record<string, unknown>): Promise<A> {
  return (await client.call(name as 'Core/echo', args as never)) as A;
}

class ReceiptChoice {
  value = $state<Choice>('ask');
  #of: Client | null = null;
  #asked: Promise<void> | null = null;
  #there = false;

  /** Asks the server once. */
  load(client: Client): Promise<void> {
    if (this.#of !== client || !this.#asked) {
      this.#of = client;
      this.#asked = this.#read(client).catch(() => {
        this.#asked = null; // asked again the next time
      });
    }
    return this.#asked;
  }

  async #read(client: Client): Promise<void> {
    const accountId = client.session.primaryAccounts[SETTINGS];
    if (!accountId) return;
    const args = { accountId, ids: [KEY] };
    const { list } = await call<GetAnswer<Kept>>(client, 'Setting/get', args);
    const said = list[0]?.value as Choice | undefined;
    this.#there = list.length > 0;
    this.value = said && choices.includes(said) ? said : 'ask';
  }

  async choose(client: Client, value: Choice): Promise<void> {
    const accountId = client.session.primaryAccounts[SETTINGS] ?? '';
    const before = this.value;
    this.value = value;
    const change = this.#there
      ? { update: { [KEY]: { value } } }
      : { create: { c: { key: KEY, value } } };
    const args = { accountId, ...change };
    const answer = await call<SetAnswer<Kept>>(client, 'Setting/set', args);
    const refused = answer.notCreated?.['c'] ?? answer.notUpdated?.[KEY];
    if (refused) {
      this.value = before;
      throw refusal(refused);
    }
    this.#there = true;
  }
}

export const receiptChoice = new ReceiptChoice();
