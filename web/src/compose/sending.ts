/** From a draft to a message that is on its way, and back while it still can be had. */
import type { Id } from '../jmap/types';
import { recipients } from './checks';
import type { AnswerOf } from '../jmap/methods';
import { senderOf, type Desk, type Home } from './desk';
import { toEmail, type Draft } from './draft';

/** Seconds in which sending can be undone. */
export const UNDO_S = 10;

export interface Sent {
  submissionId: Id;
  emailId: Id;
}

/** When it goes: now, with time to undo; or at an hour that the writer chose. */
function holdOf(desk: Desk, at: Date | null): Record<string, string> | null {
  if (at) return { HOLDUNTIL: at.toISOString().replace(/\.\d+Z$/, 'Z') };
  return desk.holdMax >= UNDO_S ? { HOLDFOR: String(UNDO_S) } : null;
}

/** What happens to the message itself once it was taken. */
function afterwards(desk: Desk): Record<string, unknown> {
  const moved = desk.sent
    ? { [`mailboxIds/${desk.drafts}`]: null, [`mailboxIds/${desk.sent}`]: true }
    : {};
  return { ...moved, 'keywords/$draft': null };
}

/** A draft as it lies in its account, if it was saved. */
export interface Lying extends Home {
  emailId: Id | null;
}

/** Its last state, "#m" from here on, among the own drafts: from there alone things are sent. */
function laid(desk: Desk, draft: Draft, at: Lying | null): PromiseLike<AnswerOf<'Email/copy'>> {
  const { client, accountId, drafts } = desk;
  if (!at || at.accountId === accountId) {
    const email = toEmail(draft, senderOf(desk, draft.identityId), drafts);
    return client.call('Email/set', { accountId, create: { m: email } });
  }
  const keywords = { $draft: true, $seen: true };
  const copy = { id: at.emailId ?? '', mailboxIds: { [drafts]: true }, keywords };
  return client.call('Email/copy', {
    fromAccountId: at.accountId,
    accountId,
    create: { m: copy },
  });
}

/** Submits the last state. lying: the draft that this replaces, saved if not among the own. */
export async function send(
  desk: Desk,
  draft: Draft,
  lying: Lying | null,
  at: Date | null,
): Promise<Sent> {
  const { client, accountId } = desk;
  const from = senderOf(desk, draft.identityId);
  const identityId = draft.identityId ?? desk.identities[0]?.id ?? '';
  const hold = holdOf(desk, at);
  const envelope = {
    mailFrom: { email: from.email, parameters: hold },
    rcptTo: recipients(draft).map(({ email }) => ({ email, parameters: null })),
  };
  const email = laid(desk, draft, lying);
  const submission = client.call('EmailSubmission/set', {
    accountId,
    create: { s: { identityId, emailId: '#m', envelope } },
    onSuccessUpdateEmail: { '#s': afterwards(desk) },
  });
  const made = (await email).created?.['m'];
  if (!made) throw new Error((await email).notCreated?.['m']?.type ?? 'not saved');
  const answer = await submission;
  const sent = answer.created?.['s'];
  if (!sent) {
    const why = answer.notCreated?.['s'];
    await client.call('Email/set', { accountId, destroy: [made.id] });
    throw new Error(why?.description ?? why?.type ?? 'not sent');
  }
  await tidy(desk, draft, lying);
  return { submissionId: sent.id, emailId: made.id };
}

/** Marks what was answered, and takes away the draft that this was. */
async function tidy(desk: Desk, { source }: Draft, lying: Lying | null): Promise<void> {
  const { client } = desk;
  const work: PromiseLike<unknown>[] = [];
  if (source) {
    const update = { [source.id]: { [`keywords/${source.keyword}`]: true } };
    work.push(client.call('Email/set', { accountId: source.accountId ?? desk.accountId, update }));
  }
  if (lying?.emailId)
    work.push(client.call('Email/set', { accountId: lying.accountId, destroy: [lying.emailId] }));
  await Promise.allSettled(work);
}

/** Takes it back: a draft again. False: it has gone already. */
export async function unsend(desk: Desk, { submissionId, emailId }: Sent): Promise<boolean> {
  const { client, accountId } = desk;
  const answer = await client.call('EmailSubmission/set', {
    accountId,
    update: { [submissionId]: { undoStatus: 'canceled' } },
  });
  if (!answer.updated || !(submissionId in answer.updated)) return false;
  await client.call('Email/set', {
    accountId,
    update: { [emailId]: { mailboxIds: { [desk.drafts]: true }, 'keywords/$draft': true } },
  });
  return true;
}
