import type { Filter, FilterCondition, Id } from '../jmap/types';
import { fromLocalText } from '../ui/zone.svelte';

/** What the search box says, taken apart. Words stay text; `name:value` becomes a condition. */
export interface Search {
  conditions: Filter[];
  everywhere: boolean;
}

interface Piece {
  /** -word, -from:ann: what has it is left out. */
  not: boolean;
  name: string;
  value: string;
  /** Between two others: one of these will do. */
  or: boolean;
}

/** Words and "quoted phrases", each perhaps behind a name: from:"Ann Lee" */
function pieces(text: string): Piece[] {
  const found = text.matchAll(/(-?)(?:(\w+):)?("([^"]*)"?|\S+)/g);
  return [...found].map(([all, minus = '', name = '', whole = '', quoted]) => ({
    not: minus !== '',
    name: name.toLowerCase(),
    value: quoted ?? whole,
    or: all === 'OR',
  }));
}

function written({ not, name, value, or }: Piece): string {
  if (or) return 'OR';
  return `${not ? '-' : ''}${name ? `${name}:` : ''}${quotedIfNeeded(value)}`;
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

/** Not what every object has, whatever somebody types. */
function own<T>(table: Record<string, T>, name: string): T | undefined {
  return Object.prototype.hasOwnProperty.call(table, name) ? table[name] : undefined;
}

type Maker = (value: string) => FilterCondition | null;

const makers: Record<string, Maker> = {
  from: (value) => ({ from: value }),
  to: (value) => ({ to: value }),
  cc: (value) => ({ cc: value }),
  bcc: (value) => ({ bcc: value }),
  subject: (value) => ({ subject: value }),
  body: (value) => ({ body: value }),
  label: (value) => ({ hasKeyword: value.toLowerCase() }),
  has: (value) => (/^attachments?$/i.test(value) ? { hasAttachment: true } : null),
  is: (value) => own(STATES, value.toLowerCase()) ?? null,
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
function conditionOf({ name, value }: Piece): FilterCondition {
  return own(makers, name)?.(value) ?? { text: quotedIfNeeded(name ? `${name}:${value}` : value) };
}

/** Pieces that are joined by OR; the others stand alone. An OR at an end joins nothing. */
function joined(all: Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  let goesOn = false;
  for (const piece of all) {
    const last = groups.at(-1);
    if (piece.or) goesOn = last !== undefined;
    else if (goesOn && last) last.push(piece);
    else groups.push([piece]);
    if (!piece.or) goesOn = false;
  }
  return groups;
}

function filterOfPiece(piece: Piece): Filter {
  const condition = conditionOf(piece);
  return piece.not ? { operator: 'NOT', conditions: [condition] } : condition;
}

export function parseSearch(text: string): Search {
  const isEverywhere = ({ name, value }: Piece): boolean => name === 'in' && value === 'anywhere';
  const all = pieces(text);
  const groups = joined(all.filter((piece) => piece.value && !isEverywhere(piece)));
  const conditions: Filter[] = [];
  const words: string[] = [];
  for (const group of groups) {
    const [only] = group;
    if (group.length > 1) conditions.push({ operator: 'OR', conditions: group.map(filterOfPiece) });
    else if (only) {
      const condition = conditionOf(only);
      if (!only.not && condition.text !== undefined) words.push(condition.text);
      else conditions.push(filterOfPiece(only));
    }
  }
  if (words.length) conditions.unshift({ text: words.join(' ') });
  return { conditions, everywhere: all.some(isEverywhere) };
}

/** What is marked in a text: words and phrases, without what is looked for in other places. */
export function wordsOf(search: string): string[] {
  return pieces(search)
    .filter(({ not, or }) => !not && !or)
    .flatMap(({ name, value }) => {
      if (name === 'subject' || name === 'body') return value.split(/\s+/);
      return name && own(makers, name)?.(value) ? [] : [name ? `${name}:${value}` : value];
    })
    .filter((word) => word && word !== 'in:anywhere');
}

function quotedIfNeeded(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}

/** Of one mailbox, or of all but those named (junk and trash). */
export function filterOf(text: string, mailboxId: Id | null, not: Id[]): Filter {
  const { conditions, everywhere } = parseSearch(text);
  const all = [...conditions];
  if (mailboxId && !everywhere) all.push({ inMailbox: mailboxId });
  else if (!everywhere && not.length) all.push({ inMailboxOtherThan: not });
  if (all.length === 1 && all[0]) return all[0];
  return { operator: 'AND', conditions: all };
}

/** The text again, without an OR that has nothing to join any more. */
function textOf(all: Piece[]): string {
  const useful = all.filter(({ or }, i) => !or || (i > 0 && !all[i - 1]?.or && i < all.length - 1));
  return useful.map(written).join(' ');
}

/** Puts `name:value` into the text instead of others of that name, or takes it out with null. */
export function withTerm(text: string, name: string, value: string | null): string {
  const kept = pieces(text).filter((piece) => piece.name !== name || piece.not);
  if (value) kept.push({ not: false, name, value, or: false });
  return textOf(kept);
}

/** Puts it there beside others of that name, or takes just this one out. */
export function toggleTerm(text: string, name: string, value: string): string {
  if (!hasTerm(text, name, value))
    return textOf([...pieces(text), { not: false, name, value, or: false }]);
  return textOf(pieces(text).filter((p) => p.not || p.name !== name || p.value !== value));
}

export function hasTerm(text: string, name: string, value: string): boolean {
  return pieces(text).some((p) => !p.not && p.name === name && p.value === value);
}

export function termOf(text: string, name: string): string {
  return pieces(text).find((piece) => piece.name === name && !piece.not)?.value ?? '';
}

const isWithout = ({ not, name }: Piece): boolean => not && name === '';

/** The words that must not be there. */
export function withoutOf(text: string): string {
  return pieces(text)
    .filter(isWithout)
    .map(({ value }) => quotedIfNeeded(value))
    .join(' ');
}

export function withWithout(text: string, words: string): string {
  const out = pieces(words).filter(({ or }) => !or);
  return textOf([
    ...pieces(text).filter((piece) => !isWithout(piece)),
    ...out.map((piece) => ({ ...piece, not: true })),
  ]);
}
