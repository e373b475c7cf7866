/** Addresses as people type them. */
import type { EmailAddress } from '../jmap/types';

const PLAIN = /^[^\s<>(),;:"@]+@[^\s<>(),;:"@]+\.[^\s<>(),;:"@]+$|^[^\s<>(),;:"@]+@localhost$/u;

export function isAddress(email: string): boolean {
  return email.length <= 254 && PLAIN.test(email);
}

/** At commas, semicolons and line ends that are not within quotes or angles. */
export function splitAddresses(text: string): string[] {
  const parts = text.match(/(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,;\n"<]|["<])+/g) ?? [];
  return parts.map((part) => part.trim()).filter(Boolean);
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

export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}
