/** From a draft to a message that is on its way, and back while it still can be had. */
import { t } from '../i18n/index.svelte';
import type { Email, Id } from '../jmap/types';
import { reasonOf, refusal } from '../state/reasons';
import { recipients } from './checks';
import type { AnswerOf, Patch } from '../jmap/methods';
import { senderOf, type Desk, type Home } from './desk';
import { toEmail, type Draft, type Source } from './draft';
import type { EmailSubmission, Envelope } from './methods';

/** Seconds in which sending can be undone. */
export const UNDO_S = 10;

export interface Sent {
  submissionId: Id;
  emailId: Id;
  /** Somebody had changed the draft meanwhile: what they wrote lies among the drafts yet. */
  elsewhere?: boolean;
  /** What was marked as answered by it, and was not before. */
  marked?: Source | null;
}

function utc(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** When it goes: now, with time to undo; or at an hour that the writer chose. */
function holdOf(desk: Desk, at: Date | null): Record<string, string> | null {
  if (at) return { HOLDUNTIL: utc(at) };
  return desk.holdMax >= UNDO_S ? { HOLDFOR: String(UNDO_S) } : null;
}

const WAITING = 'Scheduled';

/** Where mail waits for its hour, made if it is missing: the server moves it to Sent from there. */
async function waitingRoom(desk: Desk): Promise<Id> {
  if (desk.scheduled) return desk.scheduled;
  const { client, accountId } = desk;
  const make = async (name: string): Promise<Id | undefined> => {
    const create = { f: { name, role: 'scheduled', isSubscribed: true } };
    return (await client.call('Mailbox/set', { accountId, create })).created?.['f']?.id;
  };
  const made = (await make(WAITING)) ?? (await make(`${WAITING} (2)`));
  if (!made) throw new Error(t('error.noFolder', { folder: WAITING }));
  return (desk.scheduled = made);
}

/** What happens to the message itself once it was taken. What leaves later is not in Sent yet. */
async function afterwards(desk: Desk, at: Date | null): Promise<Patch> {
  const to = at ? await waitingRoom(desk) : desk.sent;
  const moved = to ? { mailboxIds: { [to]: true } } : {};
  return { ...moved, 'keywords/$draft': null };
}

/** Where it comes in the order of lists: by when it leaves. */
function ordered(at: Date | null): { receivedAt?: string } {
  return at ? { receivedAt: utc(at) } : {};
}

/** A draft as it lies in its account, if it was saved. */
export interface Lying extends Home {
  emailId: Id | null;
}

/** Its last state, "#m" from here on, among the own drafts: from there alone things are sent. */
function laid(
  desk: Desk,
  draft: Draft,
  at: Lying | null,
  due: Date | null,
): PromiseLike<AnswerOf<'Email/copy'>> {
  const { client, accountId, drafts } = desk;
  if (!at || at.accountId === accountId) {
    const email = toEmail(draft, senderOf(desk, draft.identityId), drafts);
    return client.call('Email/set', { accountId, create: { m: { ...email, ...ordered(due) } } });
  }
  const keywords = { $draft: true, $seen: true };
  const copy = {
    id: at.emailId ?? '',
    mailboxIds: { [drafts]: true },
    keywords,
    ...ordered(due),
  };
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
  const envelope = {
    mailFrom: { email: from.email, parameters: holdOf(desk, at) },
    rcptTo: recipients(draft).map(({ email }) => ({ email, parameters: null })),
  };
  const then = await afterwards(desk, at);
  const email = laid(desk, draft, lying, at);
  const submission = submit(desk, identityId, envelope, then);
  submission.catch(() => undefined); // looked at below, or the message itself was refused
  const made = (await email).created?.['m'];
  if (!made) throw new Error((await email).notCreated?.['m']?.type ?? 'not saved');
  const submissionId = await submission.catch(async (error: unknown) => {
    await client.call('Email/set', { accountId, destroy: [made.id] });
    throw error;
  });
  const elsewhere = await tidy(desk, draft, lying);
  const marked = draft.source?.had ? null : draft.source;
  return { submissionId, emailId: made.id, elsewhere, marked };
}

/** Hands in "#m", which the same request makes. Throws what the server has against it. */
async function submit(desk: Desk, identityId: Id, envelope: Envelope, then: Patch): Promise<Id> {
  const answer = await desk.client.call('EmailSubmission/set', {
    accountId: desk.accountId,
    create: { s: { identityId, emailId: '#m', envelope } },
    onSuccessUpdateEmail: { '#s': then },
  });
  const sent = answer.created?.['s'];
  if (sent) return sent.id;
  const why = answer.notCreated?.['s'];
  throw refusal(why ?? { type: 'serverFail' });
}

function mark({ client, accountId }: Desk, source: Source, on: boolean): void {
  const change = { [`keywords/${source.keyword}`]: on || null };
  const all = [source.id, ...(source.more ?? [])];
  const update = Object.fromEntries(all.map((id) => [id, change]));
  void client.call('Email/set', { accountId: source.accountId ?? accountId, update });
}

/**
 * Marks what was answered, and takes away the draft that this was. True: it was not there any more,
 * so somebody has written on elsewhere.
 */
async function tidy(desk: Desk, { source }: Draft, lying: Lying | null): Promise<boolean> {
  const { client } = desk;
  if (source) mark(desk, source, true);
  const old = lying?.emailId;
  if (!old) return false;
  const gone = await client
    .call('Email/set', { accountId: lying.accountId, destroy: [old] })
    .done.catch(() => null);
  return gone?.notDestroyed?.[old]?.type === 'notFound';
}

/** Takes it back: a draft again, and nothing is answered by it. False: it has gone already. */
export async function unsend(desk: Desk, { submissionId, marked }: Sent): Promise<boolean> {
  const answer = await desk.client.call('EmailSubmission/set', {
    accountId: desk.accountId,
    update: { [submissionId]: { undoStatus: 'canceled' } },
    onSuccessUpdateEmail: { [submissionId]: asDraft(desk) },
  });
  const back = submissionId in (answer.updated ?? {});
  if (back && marked) mark(desk, marked, false);
  return back;
}

function asDraft(desk: Desk): Patch {
  return { mailboxIds: { [desk.drafts]: true }, 'keywords/$draft': true };
}

/** What waits for its hour becomes a draft again; submission null: nothing would have sent it. */
export async function withdraw(
  desk: Desk,
  submission: EmailSubmission | null,
  emailId: Id,
): Promise<void> {
  const { client, accountId } = desk;
  if (!submission)
    await client.call('Email/set', { accountId, update: { [emailId]: asDraft(desk) } });
  else if (!(await unsend(desk, { submissionId: submission.id, emailId })))
    throw new Error(t('compose.tooLate'));
}

/** What waits goes now (null), or at another hour: taken back first, so it cannot go twice. */
export async function resend(
  desk: Desk,
  old: EmailSubmission,
  email: Email,
  at: Date | null,
): Promise<Sent> {
  const { client, accountId, drafts } = desk;
  const asked = client.call('Email/get', {
    accountId,
    ids: [email.id],
    properties: ['id', 'blobId'],
  });
  await withdraw(desk, old, email.id);
  const blobId = (await asked).list[0]?.blobId;
  const then = await afterwards(desk, at);
  const receivedAt = utc(at ?? new Date());
  const keywords = { $draft: true, $seen: true };
  const again = client.call('Email/import', {
    accountId,
    emails: { m: { blobId, mailboxIds: { [drafts]: true }, keywords, receivedAt } },
  });
  const envelope = {
    mailFrom: { email: old.envelope?.mailFrom.email ?? '', parameters: holdOf(desk, at) },
    rcptTo: old.envelope?.rcptTo ?? [],
  };
  const submission = submit(desk, old.identityId, envelope, then);
  submission.catch(() => undefined);
  const made = (await again).created?.['m'];
  try {
    const submissionId = await submission;
    await client.call('Email/set', { accountId, destroy: [email.id] });
    return { submissionId, emailId: made?.id ?? '' };
  } catch (error) {
    if (made) await client.call('Email/set', { accountId, destroy: [made.id] });
    throw new Error(t('scheduled.failed', { reason: reasonOf(error) }));
  }
}
