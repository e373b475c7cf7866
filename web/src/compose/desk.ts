/** What writing knows of the person: identities, folders, what is inside. */
import type { Client } from '../jmap/client';
import type { Id, Identity } from '../jmap/types';
import { domainOf } from './address';
import type { Sender } from './draft';
import './methods';

const MAIL = 'urn:ietf:params:jmap:mail';
const OWNER = 'urn:ietf:params:jmap:principals:owner';
const SUBMISSION = 'urn:ietf:params:jmap:submission';

/** Where a draft is saved as it is written. */
export interface Home {
  accountId: Id;
  drafts: Id;
}

export interface Desk extends Home {
  client: Client;
  identities: Identity[];
  sent: Id | null;
  /** Where mail waits that leaves later; null: it is made when somebody does that first. */
  scheduled: Id | null;
  /** Domains that are not outside. */
  domains: string[];
  /** Seconds that a message may be held back; 0: none. */
  holdMax: number;
}

function holdMaxOf(client: Client, accountId: Id): number {
  const options = client.session.accounts[accountId]?.accountCapabilities[SUBMISSION];
  const max: unknown = options?.['maxDelayedSend'];
  return typeof max === 'number' ? max : 0;
}

/** Asks for all of it in one request. */
export async function openDesk(client: Client): Promise<Desk> {
  const accountId = client.session.primaryAccounts[MAIL] ?? '';
  const mailboxes = client.call('Mailbox/get', {
    accountId,
    ids: null,
    properties: ['id', 'role'],
  });
  const people = client.call('Identity/get', { accountId, ids: null });
  const { list } = await mailboxes;
  const { list: identities } = await people;
  const role = (name: string) => list.find((m) => m.role === name)?.id;
  const drafts = role('drafts');
  if (!drafts) throw new Error('there is no folder for drafts');
  const emails = [client.session.username, ...identities.map((i) => i.email)];
  return {
    client,
    accountId,
    identities,
    drafts,
    sent: role('sent') ?? null,
    scheduled: role('scheduled') ?? null,
    domains: [...new Set(emails.map(domainOf))],
    holdMax: holdMaxOf(client, accountId),
  };
}

/** One's own identity for another's account, if that granted one: ids are those of principals. */
export function identityFor(desk: Desk, accountId: Id): Identity | undefined {
  const owner = desk.client.session.accounts[accountId]?.accountCapabilities[OWNER];
  return desk.identities.find((i) => i.id === owner?.['principalId']);
}

/** The mailbox where a draft of another's account lies; null: one may not change drafts there. */
export async function homeOf(desk: Desk, accountId: Id, mailboxId: Id): Promise<Home | null> {
  const { list } = await desk.client.call('Mailbox/get', {
    accountId,
    ids: [mailboxId],
    properties: ['id', 'myRights'],
  });
  const rights = list[0]?.myRights;
  const may = rights?.mayAddItems && rights.mayRemoveItems && rights.maySetKeywords;
  return may ? { accountId, drafts: mailboxId } : null;
}

export function identityOf(desk: Desk, id: Id | null): Identity | undefined {
  return desk.identities.find((i) => i.id === id) ?? desk.identities[0];
}

export function senderOf(desk: Desk, id: Id | null): Sender {
  const found = identityOf(desk, id);
  return found ?? { name: '', email: desk.client.session.username, replyTo: null };
}
