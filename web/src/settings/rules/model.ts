/** Rules as people make them; sieve.ts turns them into a script (RFC 5228) and reads them back. */
export type TextField = 'from' | 'to' | 'cc' | 'recipient' | 'subject' | 'body' | 'header';
export type TextTest = 'contains' | 'containsNot' | 'is' | 'isNot' | 'begins' | 'ends';

export type Condition =
  | { field: TextField; test: TextTest; value: string; header?: string }
  | { field: 'size'; test: 'over' | 'under'; kilobytes: number }
  | { field: 'attachment' }
  | { field: 'list' };

/** mailbox is an id, so that a rule follows a folder that is renamed; path is for people. */
export type Action =
  | { act: 'move'; mailbox: string; path: string }
  | { act: 'copy'; mailbox: string; path: string }
  | { act: 'label'; keyword: string }
  | { act: 'read' }
  | { act: 'flag' }
  | { act: 'discard' }
  | { act: 'forward'; to: string };

export interface Rule {
  name: string;
  enabled: boolean;
  all: boolean;
  conditions: Condition[];
  actions: Action[];
  /** No rule behind it is looked at. */
  stop: boolean;
}

export interface Rules {
  rules: Rule[];
  /** Addresses, or "@domain": their mail goes to Junk. */
  blocked: string[];
}

export const noRules: Rules = { rules: [], blocked: [] };

/** What a rule lacks before it can be saved: the first thing. */
export type Lack = 'name' | 'condition' | 'action' | 'value';

export function lackOf(rule: Rule): Lack | null {
  if (!rule.name.trim()) return 'name';
  if (!rule.conditions.length) return 'condition';
  if (!rule.actions.length) return 'action';
  return rule.conditions.every(isWhole) && rule.actions.every(isWholeAction) ? null : 'value';
}

function isWhole(c: Condition): boolean {
  if (c.field === 'size') return c.kilobytes > 0;
  if (c.field === 'attachment' || c.field === 'list') return true;
  return c.value.trim() !== '' && (c.field !== 'header' || /^[!-9;-~]+$/.test(c.header ?? ''));
}

function isWholeAction(a: Action): boolean {
  if (a.act === 'move' || a.act === 'copy') return a.mailbox !== '';
  if (a.act === 'label') return a.keyword !== '';
  return a.act !== 'forward' || /^[^\s@]+@[^\s@]+$/.test(a.to.trim());
}
