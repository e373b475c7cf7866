/**
 * Whom one wrote to before: learned from the folder of sent mail, whichever program sent it, and
 * kept by the account (Setting "people"), so that it is known on every device.
 */
import type { Client } from '../jmap/client';
import type { EmailAddress, Id } from '../jmap/types';

const SETTINGS = 'https://postroad.org/jmap/settings';
const KEY = 'people';
const ROWS_MAX = 500;
const BYTES_MAX = 60_000; // a Setting takes 62 KiB
const NAME_MAX = 100;
const LEARNT_MAX = 300; // messages that are looked at at once; the newest
const FRESH_MS = 60_000; // another device may have changed it since
const HALF_LIFE_S = 60 * 24 * 3600; // so long ago counts half

export interface Known extends EmailAddress {
  times: number;
  /** Seconds since 1970. */
  last: number;
}

type Row = [name: string, times: number, last: number];
type Rows = Map<string, Known>;

function secondsOf(date: string): number {
  return Math.floor(Date.parse(date) / 1000) || 0;
}

/** A Setting's value, which is not trusted to have any shape. */
export function readRows(value: unknown): { rows: Rows; seen: number } {
  const rows: Rows = new Map();
  const { list, seen } = (value ?? {}) as { list?: unknown; seen?: unknown };
  for (const [email, row] of Object.entries((list ?? {}) as Record<string, unknown>)) {
    const [name, times, last] = (Array.isArray(row) ? row : []) as unknown[];
    if (typeof name !== 'string' || typeof times !== 'number' || typeof last !== 'number') continue;
    const key = email.toLowerCase();
    rows.set(key, { name: name || null, email: key, times, last });
  }
  return { rows, seen: typeof seen === 'number' ? seen : 0 };
}

function rowOf({ name, times, last }: Known): Row {
  return [(name ?? '').slice(0, NAME_MAX), times, last];
}

/** They got a message at that time. What was counted already is not counted twice. */
export function count(rows: Rows, list: EmailAddress[], at: number): string[] {
  const changed: string[] = [];
  for (const { name, email } of list) {
    const key = email.toLowerCase();
    const old = rows.get(key);
    if (!email.includes('@') || (old && old.last >= at)) continue;
    const times = (old?.times ?? 0) + 1;
    rows.set(key, { email: key, name: name ?? old?.name ?? null, times, last: at });
    changed.push(key);
  }
  return changed;
}

/** How likely it is that they are written to: often, and not long ago. */
export function weight({ times, last }: Known, now: number): number {
  return times * 0.5 ** (Math.max(0, now - last) / HALF_LIFE_S);
}

/** Takes away whom one has not written to for longest, until it fits. Returns who went. */
export function trim(rows: Rows): string[] {
  const text = new TextEncoder();
  const gone: string[] = [];
  let bytes = 0;
  let kept = 0;
  for (const [key, row] of [...rows].sort(([, a], [, b]) => b.last - a.last)) {
    bytes += text.encode(JSON.stringify([row.email, rowOf(row)])).length;
    if (++kept <= ROWS_MAX && bytes <= BYTES_MAX) continue;
    rows.delete(key);
    gone.push(key);
  }
  return gone;
}

function pointer(email: string): string {
  return `value/list/${email.replace(/~/g, '~0').replace(/\//g, '~1')}`;
}

export class People {
  #rows: Rows = new Map();
  /** What was sent until then is known. */
  #seen = 0;
  #there = false; // the server has the Setting
  #loadedAt = 0;
  readonly #accountId: Id;

  constructor(private readonly client: Client) {
    this.#accountId = client.session.primaryAccounts[SETTINGS] ?? '';
  }

  get all(): Known[] {
    return [...this.#rows.values()];
  }

  /** Asks for what is kept, and for what was sent since. sent: the folder. */
  async open(sent: Id | null, mailAccountId: Id): Promise<void> {
    if (!this.#accountId || Date.now() - this.#loadedAt < FRESH_MS) return;
    const { list } = await this.client.call('Setting/get', {
      accountId: this.#accountId,
      ids: [KEY],
    });
    const { rows, seen } = readRows(list[0]?.value);
    this.#there = list.length > 0;
    this.#rows = rows;
    this.#seen = Math.max(seen, this.#seen);
    this.#loadedAt = Date.now();
    if (sent) await this.#learn(sent, mailAccountId);
  }

  async #learn(inMailbox: Id, accountId: Id): Promise<void> {
    const after = new Date((this.#seen + 1) * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
    const found = this.client.call('Email/query', {
      accountId,
      filter: this.#seen ? { inMailbox, after } : { inMailbox },
      sort: [{ property: 'receivedAt', isAscending: false }],
      limit: LEARNT_MAX,
    });
    const { list } = await this.client.call('Email/get', {
      accountId,
      '#ids': found.ref('/ids'),
      properties: ['to', 'cc', 'bcc', 'receivedAt'],
    });
    const changed = list.toReversed().flatMap(({ to, cc, bcc, receivedAt }) => {
      const at = secondsOf(receivedAt);
      this.#seen = Math.max(this.#seen, at);
      return count(this.#rows, [...(to ?? []), ...(cc ?? []), ...(bcc ?? [])], at);
    });
    if (list.length) await this.#write(changed);
  }

  /** A message went out to them. */
  async sent(list: EmailAddress[]): Promise<void> {
    await this.#write(count(this.#rows, list, Math.ceil(Date.now() / 1000)));
  }

  /** Not offered any more, until they are written to again. Gives back the way back. */
  async forget(email: string): Promise<() => Promise<void>> {
    const key = email.toLowerCase();
    const was = this.#rows.get(key);
    this.#rows.delete(key);
    this.#seen = Math.max(this.#seen, Math.floor(Date.now() / 1000));
    await this.#write([key]);
    return async () => {
      if (was) this.#rows.set(key, was);
      await this.#write([key]);
    };
  }

  /** Only what has changed goes out, so that two devices do not undo each other's. */
  async #write(changed: string[]): Promise<void> {
    const keys = new Set([...changed, ...trim(this.#rows)]);
    if (!this.#accountId) return;
    const accountId = this.#accountId;
    if (!this.#there) {
      const list = Object.fromEntries(this.all.map((row) => [row.email, rowOf(row)]));
      const create = { p: { key: KEY, value: { seen: this.#seen, list } } };
      const answer = await this.client.call('Setting/set', { accountId, create });
      this.#there = true;
      if (!answer.notCreated?.['p']) return;
    }
    const patch: Record<string, unknown> = { 'value/seen': this.#seen };
    for (const key of keys) {
      const row = this.#rows.get(key);
      patch[pointer(key)] = row ? rowOf(row) : null;
    }
    await this.client.call('Setting/set', { accountId, update: { [KEY]: patch } });
  }
}

const known = new WeakMap<Client, People>();

/** Of who is signed in. */
export function peopleOf(client: Client): People {
  const found = known.get(client) ?? new People(client);
  known.set(client, found);
  return found;
}
