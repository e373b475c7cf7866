/** Whether a message asks for a receipt, and whether one may be offered (RFC 8098 section 2.1). */
import type { Email, EmailAddress, EmailContent, EmailHeader } from '../../jmap/types';

const QUIET_ROLES = ['junk', 'trash', 'sent', 'drafts'];
const ADDRESS = /^[^\s<>"(),;:\\@]+@[^\s<>"(),;:\\@]+$/;

function values(headers: EmailHeader[], name: string): string[] {
  return headers.filter((h) => h.name.toLowerCase() === name).map((h) => h.value.trim());
}

/** Cheap: asked for each message that is opened. */
export function asksReceipt({ keywords }: Email, { headers }: EmailContent): boolean {
  return (
    !keywords['$mdnsent'] &&
    !keywords['$draft'] &&
    headers.some((h) => h.name.toLowerCase() === 'disposition-notification-to')
  );
}

/** Addresses in a field, without their names. */
export function addressesIn(value: string): string[] {
  const bare = value.replace(/"(?:[^"\\]|\\.)*"/g, ' ').replace(/\([^()]*\)/g, ' ');
  return bare
    .split(',')
    .slice(0, 20)
    .map((one) => (/<([^<>]*)>/.exec(one)?.[1] ?? one).trim().toLowerCase())
    .filter((one) => ADDRESS.test(one));
}

function isForMany(headers: EmailHeader[]): boolean {
  const precedence = values(headers, 'precedence').join(' ');
  const machine = values(headers, 'auto-submitted').some((v) => !/^no\b/i.test(v));
  return (
    machine ||
    /\b(?:bulk|list|junk)\b/i.test(precedence) ||
    ['list-id', 'list-post'].some((name) => values(headers, name).length > 0)
  );
}

export interface Asked {
  /** Where the receipt goes. */
  to: string;
  /** It goes where the message came from, so that it may be sent without asking each time. */
  plain: boolean;
}

/** own: addresses of the reader, lower case. roles: of the mailboxes that the message lies in. */
export function receiptFor(
  email: Email,
  content: EmailContent,
  own: string[],
  roles: (string | null)[],
): Asked | null {
  const { headers } = content;
  const asked = values(headers, 'disposition-notification-to').flatMap(addressesIn);
  const from = (email.from ?? []).map((a: EmailAddress) => a.email.toLowerCase());
  const path = values(headers, 'return-path')[0];
  const to = asked[0];
  if (!to || !asksReceipt(email, content) || path === '<>' || isForMany(headers)) return null;
  if (roles.some((role) => role !== null && QUIET_ROLES.includes(role))) return null;
  if (!from.length || from.some((address) => own.includes(address))) return null;
  const plain = asked.length === 1 && from.includes(to) && path?.toLowerCase() === `<${to}>`;
  return { to, plain };
}
