/** Completing addresses: from the global list, and from what one wrote to before. */
import type { Client } from '../jmap/client';
import type { EmailAddress, Id } from '../jmap/types';

const REMEMBERED_MAX = 500;
const SHOWN_MAX = 8;
const PRINCIPALS = 'urn:ietf:params:jmap:principals';

interface Known extends EmailAddress {
  times: number;
  last: number;
}

function keyOf(client: Client): string {
  return `postroad.people.${client.session.username}`;
}

function remembered(client: Client): Known[] {
  try {
    const said: unknown = JSON.parse(localStorage.getItem(keyOf(client)) ?? '[]');
    return Array.isArray(said) ? (said as Known[]) : [];
  } catch {
    return [];
  }
}

/** After sending: whoever got it is offered first the next time. */
export function remember(client: Client, list: EmailAddress[], now = Date.now()): void {
  const known = new Map(remembered(client).map((k) => [k.email.toLowerCase(), k]));
  for (const { name, email } of list) {
    const old = known.get(email.toLowerCase());
    known.set(email.toLowerCase(), {
      email,
      name: name ?? old?.name ?? null,
      times: (old?.times ?? 0) + 1,
      last: now,
    });
  }
  const kept = [...known.values()].sort((a, b) => b.last - a.last).slice(0, REMEMBERED_MAX);
  localStorage.setItem(keyOf(client), JSON.stringify(kept));
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Each word of what was typed begins a word of name or address. */
export function fits(typed: string, { name, email }: EmailAddress): boolean {
  const words = plain(`${name ?? ''} ${email}`).split(/[\s.@_,-]+/);
  const whole = plain(email);
  return plain(typed)
    .split(/\s+/)
    .every((part) => words.some((word) => word.startsWith(part)) || whole.startsWith(part));
}

export function recent(client: Client, typed: string): EmailAddress[] {
  return remembered(client)
    .filter((known) => fits(typed, known))
    .sort((a, b) => b.times - a.times || b.last - a.last)
    .slice(0, SHOWN_MAX)
    .map(({ name, email }) => ({ name, email }));
}

async function fromList(client: Client, typed: string): Promise<EmailAddress[]> {
  const accountId: Id | undefined =
    client.session.primaryAccounts[PRINCIPALS] ?? Object.keys(client.session.accounts)[0];
  if (!(PRINCIPALS in client.session.capabilities) || !accountId) return [];
  const found = client.call('Principal/query', {
    accountId,
    filter: { text: typed },
    limit: SHOWN_MAX,
  });
  const { list } = await client.call('Principal/get', {
    accountId,
    '#ids': found.ref('/ids'),
    properties: ['name', 'email'],
  });
  return list.flatMap(({ name, email }) => (email ? [{ name, email }] : []));
}

/** What to offer: first whom one wrote to, then the list of the house. */
export async function suggest(
  client: Client,
  typed: string,
  taken: EmailAddress[],
): Promise<EmailAddress[]> {
  if (!typed.trim()) return [];
  const all = [...recent(client, typed), ...(await fromList(client, typed).catch(() => []))];
  const seen = new Set(taken.map(({ email }) => email.toLowerCase()));
  return all
    .filter(({ email }) => !seen.has(email.toLowerCase()) && seen.add(email.toLowerCase()))
    .slice(0, SHOWN_MAX);
}
