/** Answers and copies of messages: to whom, under which subject, with what quoted. */
import type { Email, EmailAddress, EmailContent } from '../jmap/types';
import { sameAddress, unique } from './address';
import { emptyDraft, type Attached, type Draft, type Quote, type Source } from './draft';

export type Kind = 'reply' | 'replyAll' | 'forward';

export type Message = Email & EmailContent;

/** Prefixes of the languages that people here write in, as they come in answers. */
const ANSWERED = /^\s*(?:(?:re|rv|aw|sv|res)(?:\[\d+\])?\s*:\s*)+/i;
const FORWARDED = /^\s*(?:(?:fwd?|rv|tr|wg|enc)\s*:\s*)+/i;
const REFERENCES_MAX = 20;

export function subjectFor(kind: Kind, subject: string | null): string {
  const plain = (subject ?? '').replace(kind === 'forward' ? FORWARDED : ANSWERED, '').trim();
  return `${kind === 'forward' ? 'Fwd' : 'Re'}: ${plain}`;
}

function without(list: EmailAddress[] | null, own: readonly string[]): EmailAddress[] {
  return (list ?? []).filter(({ email }) => !own.some((mine) => sameAddress(mine, email)));
}

/** Who is answered (RFC 5322 section 3.6.3). own: the person's addresses, which are left out. */
export function recipientsFor(
  kind: Kind,
  m: Message,
  own: readonly string[],
): { to: EmailAddress[]; cc: EmailAddress[] } {
  if (kind === 'forward') return { to: [], cc: [] };
  const back = m.replyTo?.length ? m.replyTo : (m.from ?? []);
  const mine = back.length > 0 && without(back, own).length === 0;
  const to = mine ? (m.to ?? []) : back; // an answer to oneself goes to whom one wrote
  if (kind === 'reply') return { to: unique(to), cc: [] };
  const first = unique([...to, ...(mine ? [] : without(m.to, own))]);
  const known = [...own, ...first.map(({ email }) => email)];
  return { to: first, cc: unique(without(m.cc, known)) };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

export function quotedText(text: string): string {
  return text
    .replace(/\s+$/, '')
    .split(/\r?\n/)
    .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`))
    .join('\n');
}

export interface Said {
  /** "On Monday, Ann wrote:" */
  intro: string;
  /** "From: ...", one line each, of what is passed on. */
  head: string[];
  text: string;
  /** Cleaned. */
  html: string;
}

export function quoteFor(kind: Kind, said: Said): Quote {
  if (kind === 'forward') {
    const head = said.head.join('\n');
    return {
      text: `${said.intro}\n${head}\n\n${said.text}`,
      html:
        `<div>${escaped(said.intro)}<br>${said.head.map(escaped).join('<br>')}</div><br>` +
        `<div>${said.html}</div>`,
    };
  }
  return {
    text: `${said.intro}\n${quotedText(said.text)}`,
    html:
      `<div>${escaped(said.intro)}</div>` +
      `<blockquote type="cite" style="margin:8px 0;padding-left:12px;border-left:3px solid #ccc">` +
      `${said.html}</blockquote>`,
  };
}

/** Attachments that go along: all of what is passed on, else pictures that the quotation shows. */
export function attachedFor(kind: Kind, m: Message, html: string): Attached[] {
  return m.attachments.flatMap((part) => {
    const shown = part.cid !== null && html.includes(`cid:${part.cid}`);
    if (!part.blobId || (kind !== 'forward' && !shown)) return [];
    const { blobId, size, type } = part;
    return [{ blobId, size, type, name: part.name ?? '', cid: shown ? part.cid : null }];
  });
}

export function sourceOf(
  { id, keywords }: Pick<Email, 'id' | 'keywords'>,
  keyword: Source['keyword'],
): Source {
  return { id, keyword, had: keyword in (keywords ?? {}) };
}

export function answerTo(kind: Kind, m: Message, own: readonly string[], said: Said): Draft {
  const { to, cc } = recipientsFor(kind, m, own);
  const chain = [...(m.references ?? []), ...(m.messageId ?? [])];
  const answers = kind !== 'forward';
  return {
    ...emptyDraft(),
    to,
    cc,
    subject: subjectFor(kind, m.subject),
    quote: quoteFor(kind, said),
    attachments: attachedFor(kind, m, said.html),
    inReplyTo: answers ? m.messageId : null,
    references: chain.length
      ? [...chain.slice(0, 1), ...chain.slice(1).slice(-REFERENCES_MAX)]
      : null,
    source: sourceOf(m, answers ? '$answered' : '$forwarded'),
  };
}
