import type { Email } from '../jmap/types';

/** What the organisation's addresses end with: the domain, or the forest's above an agency's. */
export function homeOf(address: string): string {
  const domain = address.split('@')[1]?.toLowerCase() ?? '';
  const labels = domain.split('.');
  return labels.length > 2 ? labels.slice(1).join('.') : domain;
}

export function senderOf(email: Email): string {
  return email.from?.[0]?.email.toLowerCase() ?? '';
}

/** Whether the sender is of none of these homes. */
export function isOutside(email: Email, homes: string[]): boolean {
  const domain = senderOf(email).split('@')[1] ?? '';
  return !homes.some((home) => domain === home || domain.endsWith(`.${home}`));
}
