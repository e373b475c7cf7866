/** How a composer begins: empty, as an answer, or with a draft that lies in its folder. */
import DOMPurify from 'dompurify';
import type { EmailBodyPart, Id } from '../jmap/types';
import { WITHOUT_ADDRESS } from '../mail/frame/attributes';
import { loudly, quietly, STYLE_ATTRIBUTE } from '../mail/frame/quiet';
import { formatAddress, sameList, unique } from './address';
import { bring } from './bring';
import { homeOf, identityFor, identityOf, type Desk, type Home } from './desk';
import {
  emptyDraft,
  QUOTED,
  RECEIPT,
  type Attached,
  type Draft,
  type Quote,
  type Source,
} from './draft';
import { answerTo, sourceOf, type Message } from './reply';
import { asHtml, signatureOf, signedAs } from './signed';
import type { Kind, Task } from './writing.svelte';

const CONTENT = [
  'id',
  'blobId',
  'threadId',
  'mailboxIds',
  'keywords',
  'from',
  'to',
  'cc',
  'bcc',
  'replyTo',
  'subject',
  'receivedAt',
  'sentAt',
  'messageId',
  'references',
  'inReplyTo',
  'textBody',
  'htmlBody',
  'attachments',
  'bodyValues',
  RECEIPT,
];
const BODY_MAX = 1024 * 1024;

export interface Words {
  wrote: (when: string, who: string) => string;
  forwarded: string;
  from: string;
  to: string;
  cc: string;
  date: string;
  subject: string;
  when: (date: Date) => string;
}

type Loaded = Message & { inReplyTo: string[] | null; [RECEIPT]?: unknown };

/** whole: one's own words, of which nothing may be lost. */
async function load(
  desk: Desk,
  id: Id,
  accountId = desk.accountId,
  whole = false,
): Promise<Loaded> {
  const { list } = await desk.client.call('Email/get', {
    accountId,
    ids: [id],
    properties: CONTENT,
    bodyProperties: ['partId', 'blobId', 'size', 'name', 'type', 'charset', 'disposition', 'cid'],
    fetchTextBodyValues: true,
    fetchHTMLBodyValues: true,
    maxBodyValueBytes: whole ? 0 : BODY_MAX,
  });
  const found = list[0];
  if (!found) throw new Error('the message is gone');
  return found as Loaded;
}

function values(m: Message, parts: EmailBodyPart[], type: string): string[] {
  return parts
    .filter((p) => p.type === type && p.partId)
    .map((p) => m.bodyValues[p.partId ?? '']?.value ?? '');
}

function textOf(html: string): string {
  const doc = new DOMParser().parseFromString(quietly(html), 'text/html');
  for (const gone of Array.from(doc.querySelectorAll('style, script, title'))) gone.remove();
  for (const block of Array.from(
    doc.querySelectorAll('p, div, tr, li, br, h1, h2, h3, blockquote'),
  ))
    block.append('\n');
  return (doc.body.textContent ?? '')
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** What is passed on or quoted: as it came, but nothing that would run or load by itself. */
export function cleanForQuote(html: string): string {
  const clean = DOMPurify.sanitize(quietly(html), {
    USE_PROFILES: { html: true },
    ADD_ATTR: [STYLE_ATTRIBUTE],
    FORBID_TAGS: [
      'style',
      'form',
      'input',
      'button',
      'select',
      'textarea',
      'video',
      'audio',
      'picture',
      'source',
      'track',
      'dialog',
      'details',
      'template',
    ],
    FORBID_ATTR: ['id', 'class', 'name', 'srcset', 'background'],
    ADD_URI_SAFE_ATTR: WITHOUT_ADDRESS,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel|cid):|^data:image\/(?:png|jpeg|gif|webp);/i,
    ALLOW_DATA_ATTR: false,
  });
  return loudly(clean);
}

interface Bodies {
  html: string;
  text: string;
}

function bodiesOf(m: Message): Bodies {
  const cut = Object.values(m.bodyValues).some((value) => value.isTruncated);
  const html = values(m, m.htmlBody, 'text/html').join('<br>') + (cut ? '<p>[…]</p>' : '');
  const text = values(m, m.textBody, 'text/plain').join('\n') + (cut ? '\n[…]' : '');
  return { html: html ? cleanForQuote(html) : asHtml(text), text: text || textOf(html) };
}

function answer(desk: Desk, kind: Kind, m: Message, at: Id, words: Words): Draft {
  const { html, text } = bodiesOf(m);
  const who = (m.from ?? []).map(formatAddress).join(', ');
  const when = words.when(new Date(m.sentAt ?? m.receivedAt));
  const people = (list: Message['to']) => (list ?? []).map(formatAddress).join(', ');
  const head = [
    `${words.from}: ${who}`,
    `${words.date}: ${when}`,
    `${words.subject}: ${m.subject ?? ''}`,
    `${words.to}: ${people(m.to)}`,
    ...(m.cc?.length ? [`${words.cc}: ${people(m.cc)}`] : []),
  ];
  const own = [desk.client.session.username, ...desk.identities.map((i) => i.email)];
  const intro = kind === 'forward' ? words.forwarded : words.wrote(when, who);
  const draft = answerTo(kind, m, own, { intro, head, text, html });
  const addressed = [...(m.to ?? []), ...(m.cc ?? [])].map((a) => a.email.toLowerCase());
  const theirs = at === desk.accountId ? undefined : identityFor(desk, at);
  const fitting = theirs ?? desk.identities.find((i) => addressed.includes(i.email.toLowerCase()));
  const source = draft.source && { ...draft.source, accountId: at };
  return { ...draft, source, identityId: fitting?.id ?? null };
}

/** What was written, and what is quoted below it as it came: the editor would not leave it so. */
function parted(whole: string): { html: string; quote: Quote | null } {
  const { body } = new DOMParser().parseFromString(quietly(whole), 'text/html');
  const last = body.lastElementChild;
  if (!last?.classList.contains(QUOTED)) return { html: whole, quote: null };
  last.remove();
  const html = cleanForQuote(loudly(last.innerHTML));
  return { html: loudly(body.innerHTML), quote: { html, text: textOf(html) } };
}

/** A draft of another day or another device. */
function again(m: Loaded): Draft {
  const rich = values(m, m.htmlBody, 'text/html').join('<br>');
  const { html, quote } = parted(rich);
  const attachments: Attached[] = m.attachments.flatMap(({ blobId, name, type, size, cid }) =>
    blobId ? [{ blobId, name: name ?? '', type, size, cid }] : [],
  );
  return {
    ...emptyDraft(),
    to: m.to ?? [],
    cc: m.cc ?? [],
    bcc: m.bcc ?? [],
    replyTo: m.replyTo ?? [],
    subject: m.subject ?? '',
    format: rich ? 'rich' : 'plain',
    html,
    quote,
    text: quote ? textOf(html) : values(m, m.textBody, 'text/plain').join('\n'),
    attachments,
    inReplyTo: m.inReplyTo,
    references: m.references,
    receipt: Boolean(m[RECEIPT]),
  };
}

/** What a draft answers or passes on lies in its conversation. */
async function sourceFor(desk: Desk, m: Loaded, accountId: Id): Promise<Source | null> {
  const keyword = m.inReplyTo?.length ? '$answered' : '$forwarded';
  const messageId = m.inReplyTo?.[0] ?? m.references?.at(-1);
  if (!messageId) return null;
  const threads = await desk.client.call('Thread/get', { accountId, ids: [m.threadId] });
  const ids = (threads.list[0]?.emailIds ?? []).filter((id) => id !== m.id);
  const properties = ['id', 'keywords', 'messageId'];
  const { list } = await desk.client.call('Email/get', { accountId, ids, properties });
  const found = (list as unknown as Loaded[]).find((e) => e.messageId?.includes(messageId));
  return found ? { ...sourceOf(found, keyword), accountId } : null;
}

/** Below what is written, above what is quoted; and whom the identity always tells. */
export function withSignature(desk: Desk, draft: Draft): Draft {
  const identity = identityOf(desk, draft.identityId);
  const { text, html } = signatureOf(identity);
  return {
    ...draft,
    identityId: identity?.id ?? null,
    bcc: unique([...draft.bcc, ...(identity?.bcc ?? [])]),
    text: signedAs(draft.text, '', text),
    html: `${draft.html}${html}`,
  };
}

export interface Begun {
  draft: Draft;
  saved: Id | null;
  /** Where it is saved. */
  home: Home;
}

/** An answer is one's own, wherever the message lies: what it takes along is brought here. */
async function answered(
  desk: Desk,
  task: Extract<Task, { what: 'answer' }>,
  words: Words,
): Promise<Draft> {
  const at = task.accountId ?? desk.accountId;
  const m = await load(desk, task.emailId, at);
  const draft = answer(desk, task.kind, m, at, words);
  const attachments = await bring(desk, at, draft.attachments);
  return withSignature(desk, { ...draft, attachments });
}

/** A draft stays in its account, where one may change it there; else it goes on as one's own. */
async function goneOn(desk: Desk, emailId: Id, at: Id = desk.accountId): Promise<Begun> {
  const m = await load(desk, emailId, at, true);
  const source = await sourceFor(desk, m, at);
  const from = m.from?.[0]?.email.toLowerCase();
  const identity = desk.identities.find((i) => i.email.toLowerCase() === from);
  const draft = { ...again(m), source, identityId: identity?.id ?? null };
  if (sameList(draft.replyTo, identity?.replyTo ?? [])) draft.replyTo = [];
  if (at === desk.accountId) return { draft, saved: emailId, home: desk };
  const home = await homeOf(desk, at, Object.keys(m.mailboxIds)[0] ?? '');
  if (home) return { draft, saved: emailId, home };
  const attachments = await bring(desk, at, draft.attachments);
  return { draft: { ...draft, attachments }, saved: null, home: desk };
}

export async function begin(desk: Desk, task: Task, words: Words): Promise<Begun> {
  if (task.what === 'edit') return goneOn(desk, task.emailId, task.accountId);
  if (task.what === 'kept') {
    const draft = { ...emptyDraft(), ...task.kept.draft };
    return { ...task.kept, draft, home: task.kept.home ?? desk };
  }
  if (task.what === 'answer')
    return { draft: await answered(desk, task, words), saved: null, home: desk };
  const { to = [], cc = [], subject = '', text = '', attached = [], source = null } = task;
  const html = text ? asHtml(text) : '';
  const said = { to, cc, subject, text, html, attachments: attached, source };
  const draft = { ...emptyDraft(), ...said };
  return { draft: withSignature(desk, draft), saved: null, home: desk };
}
