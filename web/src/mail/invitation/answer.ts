/** Sends the answer to an invitation, and takes it back while that can be done. */
import { openDesk, type Desk } from '../../compose/desk';
import { UNDO_S, type Sent } from '../../compose/sending';
import type { Patch } from '../../jmap/methods';
import type { Email, EmailContent, Identity } from '../../jmap/types';
import type { AccountState } from '../../state/account.svelte';
import type { Answer } from './reply';
import { refusal } from '../../state/reasons';

const KEYWORDS: Record<Answer, string> = {
  ACCEPTED: 'postroad-accepted',
  TENTATIVE: 'postroad-tentative',
  DECLINED: 'postroad-declined',
};

/** What was answered, as the message remembers it on every device. */
export function answered({ keywords }: Pick<Email, 'keywords'>): Answer | null {
  const all = Object.keys(KEYWORDS) as Answer[];
  return all.find((answer) => keywords[KEYWORDS[answer]]) ?? null;
}

function keywordsWith(email: Email, answer: Answer | null): Record<string, boolean> {
  const rest = Object.entries(email.keywords).filter(
    ([name]) => !Object.values(KEYWORDS).includes(name),
  );
  const more = answer ? { [KEYWORDS[answer]]: true, $answered: true } : {};
  return { ...Object.fromEntries(rest), ...more };
}

/** Only what changes, so that what others set meanwhile stays. */
function patchOf(answer: Answer | null, wasAnswered: boolean): Patch {
  const names = Object.entries(KEYWORDS);
  const marks = names.map(([a, name]) => [`keywords/${name}`, a === answer ? true : null]);
  const replied = answer || wasAnswered ? true : null;
  return { ...Object.fromEntries(marks), 'keywords/$answered': replied };
}

/** Remembers it with the message; where that may not be done, it was sent all the same. */
async function remember(account: AccountState, email: Email, answer: Answer | null): Promise<void> {
  const now = account.emails.get(email.id) ?? email;
  const wasAnswered = Boolean(email.keywords['$answered']);
  const keywords = { ...keywordsWith(now, answer) };
  if (!answer && !wasAnswered) delete keywords['$answered'];
  account.patch(email.id, { keywords });
  await account.client
    .call('Email/set', {
      accountId: account.id,
      update: { [email.id]: patchOf(answer, wasAnswered) },
    })
    .done.catch(() => null);
}

export interface Letter {
  account: AccountState;
  email: Email;
  content: EmailContent;
  identity: Identity;
  to: string;
  toName: string;
  subject: string;
  text: string;
  calendar: string;
  answer: Answer;
}

/** RFC 6047: what people read, and what their calendar does. */
function emailOf(letter: Letter, desk: Desk): Record<string, unknown> {
  const { identity, content } = letter;
  const ids = content.messageId ?? [];
  return {
    mailboxIds: { [desk.drafts]: true },
    keywords: { $draft: true, $seen: true },
    from: [{ name: identity.name || null, email: identity.email }],
    to: [{ name: letter.toName || null, email: letter.to }],
    subject: letter.subject,
    ...(ids.length ? { inReplyTo: ids, references: [...(content.references ?? []), ...ids] } : {}),
    bodyStructure: {
      type: 'multipart/alternative',
      subParts: [
        { partId: 't', type: 'text/plain' },
        { partId: 'c', 'header:Content-Type': ' text/calendar; method=REPLY' },
      ],
    },
    bodyValues: { t: { value: letter.text }, c: { value: letter.calendar } },
  };
}

function afterwards(desk: Desk): Patch {
  const moved = desk.sent
    ? { [`mailboxIds/${desk.drafts}`]: null, [`mailboxIds/${desk.sent}`]: true }
    : {};
  return { ...moved, 'keywords/$draft': null };
}

/** A sent answer; undo is null where it cannot be had back. */
export interface Answered {
  undo: (() => Promise<boolean>) | null;
}

export async function sendAnswer(letter: Letter): Promise<Answered> {
  const { account, email, identity } = letter;
  const desk = await openDesk(account.client);
  const { client, accountId } = desk;
  const hold = desk.holdMax >= UNDO_S ? { HOLDFOR: String(UNDO_S) } : null;
  const making = client.call('Email/set', { accountId, create: { m: emailOf(letter, desk) } });
  const submitting = client.call('EmailSubmission/set', {
    accountId,
    create: {
      s: {
        identityId: identity.id,
        emailId: '#m',
        envelope: {
          mailFrom: { email: identity.email, parameters: hold },
          rcptTo: [{ email: letter.to, parameters: null }],
        },
      },
    },
    onSuccessUpdateEmail: { '#s': afterwards(desk) },
  });
  const [made, submitted] = await Promise.all([making, submitting]);
  const emailId = made.created?.['m']?.id;
  const submissionId = submitted.created?.['s']?.id;
  if (!emailId) throw refusal(made.notCreated?.['m'] ?? { type: 'serverFail' });
  if (!submissionId) {
    const why = submitted.notCreated?.['s'];
    await client.call('Email/set', { accountId, destroy: [emailId] });
    throw refusal(why ?? { type: 'serverFail' });
  }
  await remember(account, email, letter.answer);
  const before = answered(email);
  const undo = async (): Promise<boolean> => {
    if (!(await takeBack(desk, { submissionId, emailId }))) return false;
    await remember(account, email, before);
    return true;
  };
  return { undo: hold ? undo : null };
}

/** False: it has gone already. */
async function takeBack(desk: Desk, { submissionId, emailId }: Sent): Promise<boolean> {
  const { client, accountId } = desk;
  const said = await client.call('EmailSubmission/set', {
    accountId,
    update: { [submissionId]: { undoStatus: 'canceled' } },
  });
  if (!said.updated || !(submissionId in said.updated)) return false;
  await client.call('Email/set', { accountId, destroy: [emailId] });
  return true;
}
