/** Templates are messages in a folder of that name, as other programs keep them too. */
import type { EmailBodyPart, Id } from '../jmap/types';
import { TEMPLATES_NAME } from '../mail/names';
import { senderOf, type Desk } from './desk';
import { toEmail, type Draft } from './draft';

const FOLDER = TEMPLATES_NAME;
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
    sort: [{ property: 'subject', isAscending: true }],
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

const KEPT = ['mailboxIds', 'keywords', 'from', 'to', 'cc', 'bcc', 'replyTo', 'bodyStructure'];
const PART = ['blobId', 'type', 'charset', 'name', 'disposition', 'cid', 'subParts'];

/** A part as it is to be made again: text and files from their blobs. */
export function again(part: EmailBodyPart): Record<string, unknown> {
  const { type, subParts } = part;
  if (subParts?.length) return { type, subParts: subParts.map(again) };
  const said = Object.entries(part).filter(([name, value]) => name !== 'subParts' && value);
  return Object.fromEntries(said);
}

/** A message never changes: the same is made under the new name. Returns its id. */
export async function renameTemplate(desk: Desk, id: Id, name: string): Promise<Id> {
  const { client, accountId } = desk;
  const { list } = await client.call('Email/get', {
    accountId,
    ids: [id],
    properties: KEPT,
    bodyProperties: PART,
  });
  const was = list[0] as Record<string, unknown> | undefined;
  if (!was) throw new Error('the template is gone');
  const { id: _, bodyStructure, ...fields } = was;
  const said = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  const create = {
    t: { ...said, subject: name, bodyStructure: again(bodyStructure as EmailBodyPart) },
  };
  const made = await client.call('Email/set', { accountId, create });
  const { id: next } = made.created?.['t'] ?? {};
  if (!next) throw new Error(made.notCreated?.['t']?.type ?? 'not saved');
  await client.call('Email/set', { accountId, destroy: [id] });
  return next;
}

/** To the trash; what is given back brings it back. */
export async function removeTemplate(desk: Desk, id: Id): Promise<() => Promise<void>> {
  const { client, accountId } = desk;
  const { list } = await client.call('Mailbox/get', { accountId, ids: null });
  const trash = list.find((m) => m.role === 'trash')?.id;
  const home = list.find((m) => m.name === FOLDER && !m.parentId)?.id;
  if (!trash || !home) throw new Error('no trash');
  const move = async (from: Id, to: Id): Promise<void> => {
    const patch = { [`mailboxIds/${from}`]: null, [`mailboxIds/${to}`]: true };
    const answer = await client.call('Email/set', { accountId, update: { [id]: patch } });
    const refused = answer.notUpdated?.[id];
    if (refused) throw new Error(refused.description ?? refused.type);
  };
  await move(home, trash);
  return () => move(trash, home);
}
