/** Completing addresses: from the global list, and from what one wrote to before. */
import type { Client } from '../jmap/client';
import type { EmailAddress, Id } from '../jmap/types';
import { peopleOf, weight, type Known } from './known';

const SHOWN_MAX = 8;
const KNOWN_SHOWN = 5; // of them, where the list has others
const PRINCIPALS = 'urn:ietf:params:jmap:principals';

/** What is offered. */
export interface Offer extends EmailAddress {
  /** One wrote to them: that can be forgotten. */
  known: boolean;
  /** Of the global list: individual, group, resource, location. */
  type: string | null;
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Each word of what was typed begins a word of name or address. */
export function fits(typed: string, { name, email }: EmailAddress): boolean {
  const words = plain(`${name ?? ''} ${email}`).split(/[\s.@_,-]+/);
  const whole = plain(email);
  return plain(typed)
    .trim()
    .split(/\s+/)
    .every((part) => words.some((word) => word.startsWith(part)) || whole.startsWith(part));
}

/** Those of them that fit, the likeliest first. */
export function among(all: Known[], typed: string, now = Date.now() / 1000): Offer[] {
  return all
    .filter((one) => fits(typed, one))
    .sort((a, b) => weight(b, now) - weight(a, now))
    .slice(0, SHOWN_MAX)
    .map(({ name, email }) => ({ name, email, known: true, type: null }));
}

async function fromList(client: Client, typed: string): Promise<Offer[]> {
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
    properties: ['name', 'email', 'type'],
  });
  return list.flatMap(({ name, email, type }) =>
    email ? [{ name, email, known: false, type }] : [],
  );
}

/** Both, each address once: first whom one wrote to; the list of the house knows better names. */
export function merged(before: Offer[], list: Offer[], taken: EmailAddress[]): Offer[] {
  const gone = new Set(taken.map(({ email }) => email.toLowerCase()));
  const listed = new Map(list.map((one) => [one.email.toLowerCase(), one]));
  const mine = before
    .filter(({ email }) => !gone.has(email.toLowerCase()))
    .map((one) => ({ ...one, ...listed.get(one.email.toLowerCase()), known: true }));
  const told = new Set(mine.map(({ email }) => email.toLowerCase()));
  const others = list.filter(({ email }) => {
    const key = email.toLowerCase();
    return !gone.has(key) && !told.has(key);
  });
  const first = Math.max(KNOWN_SHOWN, SHOWN_MAX - others.length);
  return [...mine.slice(0, first), ...others].slice(0, SHOWN_MAX);
}

/** At once: whom one wrote to. */
export function suggestKnown(client: Client, typed: string, taken: EmailAddress[]): Offer[] {
  return typed.trim() ? merged(among(peopleOf(client).all, typed), [], taken) : [];
}

/** With the list of the house. */
export async function suggest(
  client: Client,
  typed: string,
  taken: EmailAddress[],
): Promise<Offer[]> {
  if (!typed.trim()) return [];
  const list = await fromList(client, typed).catch(() => []);
  return merged(among(peopleOf(client).all, typed), list, taken);
}
