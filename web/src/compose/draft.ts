/** A message that is being written, and how it becomes an Email. */
import type { EmailAddress, EmailBodyPart, Id } from '../jmap/types';

export type Format = 'rich' | 'plain';

export interface Attached {
  blobId: Id;
  name: string;
  type: string;
  size: number;
  /** Set for pictures within the text. */
  cid: string | null;
}

/** What is quoted: below what is written, as it was, until the writer wants to edit it. */
export interface Quote {
  html: string;
  text: string;
}

export interface Draft {
  identityId: Id | null;
  to: EmailAddress[];
  cc: EmailAddress[];
  bcc: EmailAddress[];
  /** Where answers go; empty: as the identity says. */
  replyTo: EmailAddress[];
  subject: string;
  format: Format;
  html: string;
  text: string;
  quote: Quote | null;
  attachments: Attached[];
  inReplyTo: string[] | null;
  references: string[] | null;
  /** The sender wants to be told that it was read. */
  receipt: boolean;
  /** The message that is answered or passed on, and more of them, to be marked once this is sent,
      in their account. */
  source: Source | null;
}

export interface Source {
  id: Id;
  keyword: '$answered' | '$forwarded';
  accountId?: Id;
  more?: Id[];
  /** It was marked before. */
  had?: boolean;
}

export function emptyDraft(): Draft {
  return {
    identityId: null,
    to: [],
    cc: [],
    bcc: [],
    replyTo: [],
    subject: '',
    format: 'rich',
    html: '',
    text: '',
    quote: null,
    attachments: [],
    inReplyTo: null,
    references: null,
    receipt: false,
    source: null,
  };
}

export interface Sender {
  name: string;
  email: string;
  replyTo: EmailAddress[] | null;
}

/** RFC 8098 section 2.1. */
export const RECEIPT = 'header:Disposition-Notification-To:asAddresses';

const STYLE = 'font-family:sans-serif;font-size:15px;line-height:1.5';

function partOf(a: Attached): Partial<EmailBodyPart> {
  return {
    blobId: a.blobId,
    type: a.type,
    name: a.name,
    disposition: a.cid ? 'inline' : 'attachment',
    ...(a.cid ? { cid: a.cid } : {}),
  };
}

/** Everything as one text, which is also what plain text readers get of a rich one. */
export function wholeText(d: Draft): string {
  return d.quote ? `${d.text}\n\n${d.quote.text}` : d.text;
}

/** Around what is quoted, so that a draft that is opened again knows it from what was written. */
export const QUOTED = 'postroad-quoted';

export function wholeHtml(d: Draft): string {
  return d.html + (d.quote ? `<div class="${QUOTED}">${d.quote.html}</div>` : '');
}

/** The object for Email/set (RFC 8621 section 4.6). */
export function toEmail(d: Draft, from: Sender, mailboxId: Id): Record<string, unknown> {
  const bodyValues: Record<string, { value: string }> = { t: { value: wholeText(d) } };
  const email: Record<string, unknown> = {
    mailboxIds: { [mailboxId]: true },
    keywords: { $draft: true, $seen: true },
    from: [{ name: from.name || null, email: from.email }],
    to: d.to,
    cc: d.cc,
    bcc: d.bcc,
    subject: d.subject,
    textBody: [{ partId: 't', type: 'text/plain' }],
    bodyValues,
  };
  if (d.format === 'rich') {
    bodyValues['h'] = {
      value: `<!doctype html><html><body style="${STYLE}">${wholeHtml(d)}</body></html>`,
    };
    email['htmlBody'] = [{ partId: 'h', type: 'text/html' }];
  }
  const replyTo = d.replyTo.length ? d.replyTo : (from.replyTo ?? []);
  if (replyTo.length) email['replyTo'] = replyTo;
  if (d.inReplyTo) email['inReplyTo'] = d.inReplyTo;
  if (d.references) email['references'] = d.references;
  if (d.receipt) email[RECEIPT] = email['from'];
  const kept = d.attachments.filter((a) => !a.cid || bodyValues['h']?.value.includes(a.cid));
  if (kept.length) email['attachments'] = kept.map(partOf);
  return email;
}

export function isBlank(d: Draft): boolean {
  return (
    !d.to.length &&
    !d.cc.length &&
    !d.bcc.length &&
    !d.subject.trim() &&
    !d.text.trim() &&
    !d.attachments.length
  );
}
