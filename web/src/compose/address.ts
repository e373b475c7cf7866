/** Addresses as people type them. */
import type { EmailAddress } from '../jmap/types';

const PLAIN = /^[^\s<>(),;:"@]+@[^\s<>(),;:"@]+\.[^\s<>(),;:"@]+$|^[^\s<>(),;:"@]+@localhost$/u;

export function isAddress(email: string): boolean {
  return email.length <= 254 && PLAIN.test(email);
}

/** Pieces between signs that are not within quotes or angles. */
function pieces(text: string, pattern: RegExp): string[] {
  return (text.match(pattern) ?? []).map((part) => part.trim()).filter(Boolean);
}

const AT_SEMICOLONS = /(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^;\n"<]|["<])+/g;
const AT_COMMAS = /(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,"<]|["<])+/g;

/** "Roe, Jane <jane@x>" is one: a name without quotes, as other programs copy it. */
function joined(parts: string[]): string[] {
  const out: string[] = [];
  for (const part of parts) {
    const before = out.at(-1);
    const isName = before !== undefined && /^[^@<>"]+$/.test(before);
    if (isName && /^[^@<>"]+<[^<>]+@[^<>]+>$/.test(part))
      out[out.length - 1] = `${before}, ${part}`;
    else out.push(part);
  }
  return out;
}

/** At commas, semicolons and line ends that are not within quotes or angles; at spaces between
    bare addresses. */
export function splitAddresses(text: string): string[] {
  return pieces(text.replace(/[\r\t]+/g, '\n'), AT_SEMICOLONS)
    .flatMap((piece) => joined(pieces(piece, AT_COMMAS)))
    .flatMap((part) => {
      const words = part.split(/\s+/);
      return words.every(isAddress) ? words : [part];
    });
}

/** Whether the address goes on within the word that was typed last: "a@tax.ex", a@tax.example. */
export function goesOn(typed: string, email: string): boolean {
  const begun = typed.trim().toLowerCase();
  const whole = email.toLowerCase();
  return whole.startsWith(begun) && !/^[.@]/.test(whole.slice(begun.length));
}

/** "Name <a@b>", "a@b (Name)" or "a@b"; null when it is none. */
export function parseAddress(text: string): EmailAddress | null {
  const angled = /^(.*?)\s*<\s*([^<>]+?)\s*>$/s.exec(text.trim());
  const email = (angled?.[2] ?? text).trim().replace(/^mailto:/i, '');
  if (!isAddress(email)) return null;
  const name = (angled?.[1] ?? '')
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .replace(/\\(.)/g, '$1');
  return { name: name || null, email };
}

/** Those that are addresses, and what is left over. */
export function parseAddresses(text: string): { good: EmailAddress[]; rest: string } {
  const good: EmailAddress[] = [];
  const rest: string[] = [];
  for (const part of splitAddresses(text)) {
    const one = parseAddress(part);
    if (one) good.push(one);
    else rest.push(part);
  }
  return { good, rest: rest.join(', ') };
}

export function formatAddress({ name, email }: EmailAddress): string {
  if (!name) return email;
  return /[()<>[\]:;@\\,."]/.test(name)
    ? `"${name.replace(/["\\]/g, '\\$&')}" <${email}>`
    : `${name} <${email}>`;
}

export function sameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Each address once, in the order given. */
export function unique(list: EmailAddress[]): EmailAddress[] {
  const seen = new Set<string>();
  return list.filter(({ email }) => {
    const key = email.toLowerCase();
    return !seen.has(key) && seen.add(key);
  });
}

/** The same addresses, whatever the names. */
export function sameList(a: EmailAddress[], b: EmailAddress[]): boolean {
  return a.length === b.length && a.every((one, i) => sameAddress(one.email, b[i]?.email ?? ''));
}

export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}
