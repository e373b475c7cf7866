/** The way of a message, as its Received fields tell it (RFC 5321 section 4.4). */
import type { EmailHeader } from '../../jmap/types';

export const HOPS_MAX = 40;
const FIELD_CHARS_MAX = 2000;
const NAME_CHARS_MAX = 120;

export interface Hop {
  from: string;
  by: string;
  /** Null: it does not say. */
  encrypted: boolean | null;
  /** Milliseconds since 1970; null: no time that can be read. */
  at: number | null;
  /** Milliseconds since the hop before; null: not known; below zero: their clocks differ. */
  delay: number | null;
}

function word(text: string, name: string): string {
  const found = new RegExp(`(?:^|\\s)${name}\\s+([^\\s;()]+)`, 'i').exec(text);
  return (found?.[1] ?? '').slice(0, NAME_CHARS_MAX);
}

/** RFC 3848: ESMTPS, ESMTPSA, LMTPS, UTF8SMTPSA; and what programs write in comments. */
function isEncrypted(text: string, protocol: string): boolean | null {
  if (/\bTLS(?:v?1|_|\b)|\bversion=TLS|cipher/i.test(text)) return true;
  if (/^(?:UTF8)?(?:ESMTP|SMTP|LMTP)SA?$/i.test(protocol) || /^HTTPS$/i.test(protocol)) return true;
  if (/^(?:UTF8)?(?:ESMTP|SMTP|LMTP)A?$/i.test(protocol)) return false;
  return null;
}

function hopOf(value: string): Omit<Hop, 'delay'> {
  const text = value.slice(0, FIELD_CHARS_MAX).replace(/\s+/g, ' ').trim();
  const end = text.lastIndexOf(';');
  const told = end < 0 ? text : text.slice(0, end);
  const bare = told.replace(/\([^()]*\)/g, ' ');
  const at =
    end < 0
      ? NaN
      : Date.parse(
          text
            .slice(end + 1)
            .replace(/\([^()]*\)/g, ' ')
            .trim(),
        );
  return {
    from: word(bare, 'from'),
    by: word(bare, 'by'),
    encrypted: isEncrypted(told, word(bare, 'with')),
    at: Number.isNaN(at) ? null : at,
  };
}

/** The oldest first; of very many the newest. */
export function roadOf(headers: EmailHeader[]): Hop[] {
  const fields = headers.filter((h) => h.name.toLowerCase() === 'received').slice(0, HOPS_MAX);
  const hops = fields.map((h) => hopOf(h.value)).reverse();
  return hops.map((hop, i) => {
    const before = hops[i - 1]?.at ?? null;
    return { ...hop, delay: hop.at === null || before === null ? null : hop.at - before };
  });
}

export function wholeTime(hops: Hop[]): number | null {
  const times = hops.flatMap((hop) => hop.at ?? []);
  const [first, last] = [times[0], times.at(-1)];
  return first === undefined || last === undefined || times.length < 2 ? null : last - first;
}
