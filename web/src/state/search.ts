import type { Filter, FilterCondition, Id } from '../jmap/types';
import { fromLocalText } from '../ui/zone.svelte';

/** What the search box says, taken apart. Words stay text; `name:value` becomes a condition. */
export interface Search {
  conditions: FilterCondition[];
  everywhere: boolean;
}

/** Words and "quoted phrases", each perhaps behind a name: from:"Ann Lee" */
function pieces(text: string): { name: string; value: string }[] {
  const found = text.matchAll(/(?:(\w+):)?("([^"]*)"?|\S+)/g);
  return [...found].map(([, name = '', whole = '', quoted]) => ({
    name: name.toLowerCase(),
    value: quoted ?? whole,
  }));
}

/** Days begin by the person's own clock. */
function dayOf(value: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return null;
  return (
    fromLocalText(value)
      ?.toISOString()
      .replace(/\.\d+Z/, 'Z') ?? null
  );
}

function sizeOf(value: string): number | null {
  const found = /^(\d+)([km]?)b?$/i.exec(value);
  if (!found) return null;
  const unit = { '': 1, k: 1024, m: 1024 * 1024 }[(found[2] ?? '').toLowerCase()] ?? 1;
  return Number(found[1]) * unit;
}

const STATES: Record<string, FilterCondition> = {
  unread: { notKeyword: '$seen' },
  read: { hasKeyword: '$seen' },
  flagged: { hasKeyword: '$flagged' },
  pinned: { hasKeyword: '$pinned' },
  answered: { hasKeyword: '$answered' },
};

type Maker = (value: string) => FilterCondition | null;

const makers: Record<string, Maker> = {
  from: (value) => ({ from: value }),
  to: (value) => ({ to: value }),
  cc: (value) => ({ cc: value }),
  subject: (value) => ({ subject: value }),
  body: (value) => ({ body: value }),
  label: (value) => ({ hasKeyword: value.toLowerCase() }),
  has: (value) => (/^attachments?$/i.test(value) ? { hasAttachment: true } : null),
  is: (value) => STATES[value.toLowerCase()] ?? null,
  after: (value) => {
    const after = dayOf(value);
    return after ? { after } : null;
  },
  before: (value) => {
    const before = dayOf(value);
    return before ? { before } : null;
  },
  larger: (value) => {
    const minSize = sizeOf(value);
    return minSize === null ? null : { minSize };
  },
  smaller: (value) => {
    const maxSize = sizeOf(value);
    return maxSize === null ? null : { maxSize };
  },
};

/** What is not understood is looked for as text, so nothing typed is ignored. */
export function parseSearch(text: string): Search {
  const conditions: FilterCondition[] = [];
  const words: string[] = [];
  let everywhere = false;
  for (const { name, value } of pieces(text)) {
    const condition = makers[name]?.(value) ?? null;
    if (name === 'in' && value === 'anywhere') everywhere = true;
    else if (condition) conditions.push(condition);
    else if (value) words.push(quotedIfNeeded(name ? `${name}:${value}` : value));
  }
  if (words.length) conditions.unshift({ text: words.join(' ') });
  return { conditions, everywhere };
}

/** What is marked in a text: words and phrases, without what is looked for in other places. */
export function wordsOf(search: string): string[] {
  return pieces(search)
    .flatMap(({ name, value }) => {
      if (name === 'subject' || name === 'body') return value.split(/\s+/);
      return name && makers[name]?.(value) ? [] : [name ? `${name}:${value}` : value];
    })
    .filter((word) => word && word !== 'in:anywhere');
}

function quotedIfNeeded(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}

/** Of one mailbox, or of all but those named (junk and trash). */
export function filterOf(text: string, mailboxId: Id | null, not: Id[]): Filter {
  const { conditions, everywhere } = parseSearch(text);
  const all: FilterCondition[] = [...conditions];
  if (mailboxId && !everywhere) all.push({ inMailbox: mailboxId });
  else if (!everywhere && not.length) all.push({ inMailboxOtherThan: not });
  if (all.length === 1 && all[0]) return all[0];
  return { operator: 'AND', conditions: all };
}

/** Puts `name:value` into the text, or takes it out with null. */
export function withTerm(text: string, name: string, value: string | null): string {
  const kept = pieces(text)
    .filter((piece) => piece.name !== name)
    .map(({ name: n, value: v }) => (n ? `${n}:${quotedIfNeeded(v)}` : quotedIfNeeded(v)));
  if (value) kept.push(`${name}:${quotedIfNeeded(value)}`);
  return kept.join(' ');
}

export function termOf(text: string, name: string): string {
  return pieces(text).find((piece) => piece.name === name)?.value ?? '';
}
