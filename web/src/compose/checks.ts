/** What one would rather hear before it is sent. */
import type { EmailAddress } from '../jmap/types';
import { domainOf } from './address';
import { wholeText, type Draft } from './draft';

/** English and Spanish, with and without accents. */
const SPEAKS_OF_ATTACHMENT = new RegExp(
  [
    String.raw`\battach(?:ed|ing|ments?)?\b`,
    String.raw`\benclos(?:ed|ing|ures?)\b`,
    String.raw`\bsee the (?:file|document|spreadsheet|picture|photo)s?\b`,
    String.raw`(?<!\p{L})adjunt(?:o|a|os|as|amos|ar|ando|é|e)(?!\p{L})`,
    String.raw`(?<!\p{L})anex(?:o|a|os|as|amos|ar|ando|é)(?!\p{L})`,
    String.raw`(?<!\p{L})(?:archivo|documento) que (?:le|les|te|os) env[ií]o(?!\p{L})`,
  ].join('|'),
  'iu',
);

/** Text and subject promise an attachment, and there is none. What is quoted does not count. */
export function forgotAttachment(d: Draft): boolean {
  if (d.attachments.some((a) => !a.cid)) return false;
  const own = d.text
    .split('\n')
    .filter((line) => !line.startsWith('>'))
    .join('\n');
  return SPEAKS_OF_ATTACHMENT.test(own) || (!d.source && SPEAKS_OF_ATTACHMENT.test(d.subject));
}

export function recipients(d: Draft): EmailAddress[] {
  return [...d.to, ...d.cc, ...d.bcc];
}

/** Recipients whose domain is none of ours, nor below one. */
export function outside(list: EmailAddress[], domains: readonly string[]): EmailAddress[] {
  return list.filter(({ email }) => {
    const domain = domainOf(email);
    return !domains.some((own) => domain === own || domain.endsWith(`.${own}`));
  });
}

export type Doubt = 'attachment' | 'subject' | 'empty';

export function doubts(d: Draft): Doubt[] {
  const found: Doubt[] = [];
  if (forgotAttachment(d)) found.push('attachment');
  if (!d.subject.trim()) found.push('subject');
  if (!wholeText(d).trim() && !d.attachments.length) found.push('empty');
  return found;
}
