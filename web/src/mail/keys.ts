import type { Key } from '../i18n/en';

/** What a person can do by key. The handlers are in Mail.svelte. */
export type Command =
  | 'next'
  | 'previous'
  | 'open'
  | 'back'
  | 'select'
  | 'selectAll'
  | 'archive'
  | 'delete'
  | 'junk'
  | 'read'
  | 'unread'
  | 'flag'
  | 'menu'
  | 'snooze'
  | 'move'
  | 'label'
  | 'undo'
  | 'search'
  | 'compose'
  | 'reply'
  | 'replyAll'
  | 'forward'
  | 'print'
  | 'inbox'
  | 'sent'
  | 'drafts'
  | 'archiveFolder'
  | 'help';

interface Binding {
  command: Command;
  key: Key;
  group: 'keys.moving' | 'keys.acting';
  /** As Gmail has it, then as Outlook does; "g i" is one key after another. */
  keys: string[];
}

export const bindings: Binding[] = [
  { command: 'next', key: 'keys.next', group: 'keys.moving', keys: ['j', 'ArrowDown'] },
  { command: 'previous', key: 'keys.previous', group: 'keys.moving', keys: ['k', 'ArrowUp'] },
  { command: 'open', key: 'keys.open', group: 'keys.moving', keys: ['o', 'Enter'] },
  { command: 'back', key: 'keys.backToList', group: 'keys.moving', keys: ['u', 'Escape'] },
  { command: 'search', key: 'keys.search', group: 'keys.moving', keys: ['/', 'Alt+q'] },
  { command: 'inbox', key: 'keys.goInbox', group: 'keys.moving', keys: ['g i'] },
  { command: 'drafts', key: 'keys.goDrafts', group: 'keys.moving', keys: ['g d'] },
  { command: 'sent', key: 'keys.goSent', group: 'keys.moving', keys: ['g t'] },
  { command: 'archiveFolder', key: 'keys.goArchive', group: 'keys.moving', keys: ['g a'] },
  { command: 'help', key: 'keys.help', group: 'keys.moving', keys: ['?'] },
  { command: 'select', key: 'keys.select', group: 'keys.acting', keys: ['x', ' '] },
  { command: 'selectAll', key: 'keys.selectAll', group: 'keys.acting', keys: ['* a', 'Ctrl+a'] },
  { command: 'archive', key: 'act.archive', group: 'keys.acting', keys: ['e', 'Backspace'] },
  { command: 'delete', key: 'act.delete', group: 'keys.acting', keys: ['#', 'Delete'] },
  { command: 'junk', key: 'act.junk', group: 'keys.acting', keys: ['!'] },
  { command: 'read', key: 'act.read', group: 'keys.acting', keys: ['Shift+I', 'q'] },
  { command: 'unread', key: 'act.unread', group: 'keys.acting', keys: ['Shift+U'] },
  { command: 'flag', key: 'act.flag', group: 'keys.acting', keys: ['s', 'Insert'] },
  { command: 'snooze', key: 'menu.snooze', group: 'keys.acting', keys: ['b'] },
  { command: 'move', key: 'act.move', group: 'keys.acting', keys: ['v'] },
  { command: 'label', key: 'act.label', group: 'keys.acting', keys: ['l'] },
  { command: 'menu', key: 'menu.open', group: 'keys.acting', keys: ['.'] },
  { command: 'undo', key: 'keys.undo', group: 'keys.acting', keys: ['z', 'Ctrl+z'] },
  { command: 'compose', key: 'act.compose', group: 'keys.acting', keys: ['c', 'n'] },
  { command: 'reply', key: 'act.reply', group: 'keys.acting', keys: ['r'] },
  { command: 'replyAll', key: 'act.replyAll', group: 'keys.acting', keys: ['a', 'Shift+R'] },
  { command: 'forward', key: 'act.forward', group: 'keys.acting', keys: ['f'] },
  { command: 'print', key: 'act.print', group: 'keys.acting', keys: ['p', 'Ctrl+p'] },
];

const SEQUENCE_MS = 1200;
const table = new Map(bindings.flatMap((b) => b.keys.map((k) => [k, b.command] as const)));
const prefixes = new Set([...table.keys()].filter((k) => / ./.test(k)).map((k) => k[0]));

function nameOf(event: KeyboardEvent): string {
  const { key } = event;
  const letter = /^[a-z]$/i.test(key);
  if (event.ctrlKey || event.metaKey) return `Ctrl+${key.toLowerCase()}`;
  if (event.altKey) return `Alt+${key.toLowerCase()}`;
  if (event.shiftKey && letter) return `Shift+${key.toUpperCase()}`;
  return letter ? key.toLowerCase() : key;
}

/** Whether keys belong to what has the focus: writing, or a window that is open. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  if (document.querySelector('dialog[open]')) return true; // what had the focus in it may be gone
  return target.closest('input, textarea, select, [contenteditable], dialog, [role=menu]') !== null;
}

/** A letter, digit or sign alone, which speech input or a slip may type (WCAG 2.1.4). */
export function isCharacterKey(keys: string): boolean {
  return keys.split(' ').some((key) => /^(Shift\+)?[!-~]$/.test(key));
}

/** Tells commands from keys, also of two keys one after another. */
export class Keys {
  #first = '';
  #at = 0;

  /** characters: whether letters and signs alone are commands as well. */
  command(event: KeyboardEvent, characters = true): Command | null {
    const name = nameOf(event);
    if (!characters && isCharacterKey(name)) return null;
    const pair = event.timeStamp - this.#at < SEQUENCE_MS ? `${this.#first} ${name}` : '';
    this.#first = '';
    const command = table.get(pair) ?? table.get(name) ?? null;
    if (!command && prefixes.has(name)) {
      this.#first = name;
      this.#at = event.timeStamp;
    }
    return command;
  }
}
