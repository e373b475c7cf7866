import { t } from '../i18n/index.svelte';
import type { Key } from '../i18n/en';
import type { Email, EmailAddress, Mailbox } from '../jmap/types';
import type { IconName } from '../ui/icons';

const ROLES: Record<string, { key: Key; icon: IconName; order: number }> = {
  inbox: { key: 'folder.inbox', icon: 'inbox', order: 1 },
  drafts: { key: 'folder.drafts', icon: 'drafts', order: 2 },
  scheduled: { key: 'folder.scheduled', icon: 'clock', order: 2.5 },
  sent: { key: 'folder.sent', icon: 'sent', order: 3 },
  archive: { key: 'folder.archive', icon: 'archive', order: 4 },
  junk: { key: 'folder.junk', icon: 'junk', order: 5 },
  trash: { key: 'folder.trash', icon: 'trash', order: 6 },
};

/** Where messages wait until they come back: at the top, by its name alone. */
const SNOOZED = { key: 'folder.snoozed', icon: 'clock', order: 1.5 } as const;
export const SNOOZED_NAME = 'Snoozed';

export function isSnoozed(mailbox: Mailbox): boolean {
  return mailbox.name === SNOOZED_NAME && mailbox.parentId === null && mailbox.role === null;
}

/** Where templates lie (compose/templates.ts), as other programs call it too. */
const TEMPLATES = { key: 'compose.templates', icon: 'drafts', order: 100 } as const;
export const TEMPLATES_NAME = 'Templates';

function isTemplates(mailbox: Mailbox): boolean {
  return mailbox.name === TEMPLATES_NAME && mailbox.parentId === null && mailbox.role === null;
}

function known(mailbox: Mailbox): { key: Key; icon: IconName; order: number } | undefined {
  if (isSnoozed(mailbox)) return SNOOZED;
  if (isTemplates(mailbox)) return TEMPLATES;
  return mailbox.role === null ? undefined : ROLES[mailbox.role];
}

/** What a mailbox is called: those with a role in the person's language. */
export function mailboxName(mailbox: Mailbox): string {
  const usual = known(mailbox);
  return usual ? t(usual.key) : mailbox.name;
}

export function mailboxIcon(mailbox: Mailbox): IconName {
  return known(mailbox)?.icon ?? 'folder';
}

/** Those with a role come first, in their usual order. */
export function compareMailboxes(a: Mailbox, b: Mailbox): number {
  const orderOf = (m: Mailbox): number => known(m)?.order ?? 100;
  return orderOf(a) - orderOf(b) || a.sortOrder - b.sortOrder || a.name.localeCompare(b.name);
}

/** Where mail waits to be sent: nothing is laid there by hand. */
export function isScheduled(mailbox: Mailbox): boolean {
  return mailbox.role === 'scheduled';
}

/** All that take mail, as a tree; one whose parent we may not see stands at the top. */
export function treeOf(mailboxes: Mailbox[]): { mailbox: Mailbox; depth: number }[] {
  const shown = new Set(mailboxes.map((m) => m.id));
  const above = (m: Mailbox): string | null =>
    m.parentId && shown.has(m.parentId) ? m.parentId : null;
  const below = (parent: string | null, depth: number): { mailbox: Mailbox; depth: number }[] =>
    mailboxes
      .filter((m) => above(m) === parent && !isScheduled(m))
      .sort(compareMailboxes)
      .flatMap((mailbox) => [{ mailbox, depth }, ...below(mailbox.id, depth + 1)]);
  return below(null, 0);
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
