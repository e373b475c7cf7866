import { t } from '../i18n/index.svelte';
import type { Key } from '../i18n/en';
import type { Email, EmailAddress, Mailbox } from '../jmap/types';
import type { IconName } from '../ui/icons';

const ROLES: Record<string, { key: Key; icon: IconName; order: number }> = {
  inbox: { key: 'folder.inbox', icon: 'inbox', order: 1 },
  drafts: { key: 'folder.drafts', icon: 'drafts', order: 2 },
  sent: { key: 'folder.sent', icon: 'sent', order: 3 },
  archive: { key: 'folder.archive', icon: 'archive', order: 4 },
  junk: { key: 'folder.junk', icon: 'junk', order: 5 },
  trash: { key: 'folder.trash', icon: 'trash', order: 6 },
};

/** What a mailbox is called: those with a role in the person's language. */
export function mailboxName(mailbox: Mailbox): string {
  const role = mailbox.role === null ? undefined : ROLES[mailbox.role];
  return role ? t(role.key) : mailbox.name;
}

export function mailboxIcon(mailbox: Mailbox): IconName {
  return (mailbox.role === null ? undefined : ROLES[mailbox.role]?.icon) ?? 'folder';
}

/** Those with a role come first, in their usual order. */
export function compareMailboxes(a: Mailbox, b: Mailbox): number {
  const orderOf = (m: Mailbox): number => (m.role && ROLES[m.role]?.order) || 100;
  return orderOf(a) - orderOf(b) || a.sortOrder - b.sortOrder || a.name.localeCompare(b.name);
}

export function personName(address: EmailAddress): string {
  return address.name?.trim() || address.email;
}

function shortName(address: EmailAddress): string {
  const name = personName(address);
  return name.includes('@') ? (name.split('@')[0] ?? name) : (name.split(/\s+/)[0] ?? name);
}

/** Who takes part, oldest first, each once; whole names while there are few. */
export function participants(emails: Email[], toThem: boolean): string {
  const people = new Map<string, EmailAddress>();
  for (const email of emails)
    for (const address of (toThem ? email.to : email.from) ?? [])
      people.set(address.email.toLowerCase(), address);
  const all = [...people.values()];
  if (all.length === 1 && all[0]) return personName(all[0]);
  if (all.length <= 3) return all.map(shortName).join(', ');
  const ends = [...all.slice(0, 1), ...all.slice(-2)];
  return `${ends.map(shortName).join(', ')} +${all.length - ends.length}`;
}
