import { writing } from '../compose/writing.svelte';
import { t } from '../i18n/index.svelte';
import { archive, carries, junk, notJunk, setFlag, setRead } from '../state/actions';
import { mail } from '../state/mail.svelte';
import { go, here } from '../state/place.svelte';
import { prefs } from '../state/prefs.svelte';
import { can, canEvery, type Can } from '../state/rights';
import { undoLast } from '../state/undo.svelte';
import { toast } from '../ui/toasts.svelte';
import { doToEvery, type EveryAct } from './every/work.svelte';
import type { Command } from './keys';
import { focusedMessage, messageMenu, type Face } from './menu/open.svelte';

/** What commands need of the page around the lists. */
interface Doing {
  grid: () => void;
  search: () => void;
  help: () => void;
  /** Deletes, after asking where that is for good. */
  remove: (ids: string[]) => void;
}

export type Commands = Partial<Record<Command, () => void>>;

function step(doing: Doing, by: number): void {
  const { list } = mail;
  if (!list?.total) return;
  mail.cursor = Math.max(0, Math.min(list.total - 1, mail.cursor + by));
  const id = list.ids[mail.cursor];
  if (here.emailId !== null && id) mail.read(id);
  else doing.grid();
}

function openRow(): void {
  const id = mail.list?.ids[mail.cursor];
  if (id) mail.read(id);
}

function back(): void {
  if (here.emailId !== null) mail.close();
  else if (mail.selected.size) mail.selected.clear();
}

function goRole(role: string): void {
  const mailboxId = mail.own.role(role)?.id;
  if (mailboxId) go({ accountId: mail.own.id, mailboxId, search: '', emailId: null });
}

function selectRow(): void {
  const id = mail.list?.ids[mail.cursor];
  if (id) mail.toggle(id);
}

function toggleFlag(ids: string[]): void {
  void setFlag(ids, !ids.every((id) => carries(id, '$flagged')));
}

function answer(kind: 'reply' | 'replyAll' | 'forward'): void {
  const { account, opened } = mail;
  const last = opened && (account.conversation(opened).at(-1) ?? opened);
  const answered = focusedMessage()?.email ?? last;
  if (answered) void writing.answer(kind, answered.id, account.id);
}

/** On what keys act on, if the person may. */
function onTargets(right: keyof Can, work: (ids: string[]) => void, every?: EveryAct): () => void {
  return () => {
    if (mail.every) {
      if (!every) toast(t('every.notForAll'));
      else if (canEvery()[right]) void doToEvery(every);
      else toast(t('menu.notAllowed'));
      return;
    }
    const ids = mail.targets();
    if (!ids.length) return;
    if (can(ids)[right]) work(ids);
    else toast(t('menu.notAllowed'));
  };
}
const face = (right: keyof Can, to: Face): (() => void) =>
  onTargets(right, () => messageMenu.atTargets(to));

async function printOpened(): Promise<void> {
  const { opened, account } = mail;
  if (!opened) return;
  const { printMessages } = await import('./print/print');
  await printMessages(account, prefs.conversations ? account.conversation(opened) : [opened]);
}

/** What each command does; keys.ts says by which keys. */
export function commandsFor(doing: Doing): Commands {
  return {
    next: () => step(doing, 1),
    previous: () => step(doing, -1),
    open: openRow,
    back,
    select: selectRow,
    selectAll: () => mail.selectLoaded(),
    archive: onTargets('archive', (ids) => void archive(ids), 'archive'),
    delete: onTargets('remove', doing.remove, 'delete'),
    junk: onTargets(
      'junk',
      (ids) => void (mail.mailbox?.role === 'junk' ? notJunk(ids) : junk(ids)),
      'junk',
    ),
    read: onTargets('read', (ids) => void setRead(ids, true), 'read'),
    unread: onTargets('read', (ids) => void setRead(ids, false), 'unread'),
    flag: onTargets('mark', toggleFlag, 'flag'),
    menu: () => (mail.every ? toast(t('every.notForAll')) : messageMenu.atTargets()),
    snooze: face('snooze', 'snooze'),
    move: face('move', 'move'),
    label: face('mark', 'label'),
    undo: () => void undoLast(),
    search: () => doing.search(),
    inbox: () => goRole('inbox'),
    sent: () => goRole('sent'),
    drafts: () => goRole('drafts'),
    archiveFolder: () => goRole('archive'),
    help: () => doing.help(),
    compose: () => void writing.write(),
    reply: () => answer('reply'),
    replyAll: () => answer('replyAll'),
    forward: () => answer('forward'),
    print: () => void printOpened(),
  };
}
