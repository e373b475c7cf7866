/** Templates are messages in a folder of that name, as other programs keep them too. */
import type { Id } from '../jmap/types';
import { senderOf, type Desk } from './desk';
import { toEmail, type Draft } from './draft';

const FOLDER = 'Templates';
const SHOWN_MAX = 50;

export interface Template {
  id: Id;
  name: string;
}

async function folder(desk: Desk): Promise<Id | undefined> {
  const { client, accountId } = desk;
  const { list } = await client.call('Mailbox/get', { accountId, ids: null });
  return list.find((m) => m.name === FOLDER && !m.parentId)?.id;
}

export async function templates(desk: Desk): Promise<Template[]> {
  const { client, accountId } = desk;
  const inMailbox = await folder(desk);
  if (!inMailbox) return [];
  const found = client.call('Email/query', {
    accountId,
    filter: { inMailbox },
    sort: [{ property: 'receivedAt', isAscending: false }],
    limit: SHOWN_MAX,
  });
  const { list } = await client.call('Email/get', {
    accountId,
    '#ids': found.ref('/ids'),
    properties: ['id', 'subject'],
  });
  return list.map(({ id, subject }) => ({ id, name: subject ?? '' }));
}

async function makeFolder(desk: Desk): Promise<Id> {
  const { client, accountId } = desk;
  const create = { f: { name: FOLDER, isSubscribed: true } };
  const made = (await client.call('Mailbox/set', { accountId, create })).created?.['f'];
  if (!made) throw new Error('no folder for templates');
  return made.id;
}

export async function saveTemplate(desk: Desk, draft: Draft): Promise<void> {
  const { client, accountId } = desk;
  const mailboxId = (await folder(desk)) ?? (await makeFolder(desk));
  const email = toEmail({ ...draft, quote: null }, senderOf(desk, draft.identityId), mailboxId);
  const create = { t: { ...email, keywords: { $seen: true } } };
  const answer = await client.call('Email/set', { accountId, create });
  if (!answer.created?.['t']) throw new Error(answer.notCreated?.['t']?.type ?? 'not saved');
}
