import { expect, test } from 'vitest';
import type { Filter, FilterCondition } from '../jmap/types';
import {
  filterOf,
  hasTerm,
  parseSearch,
  termOf,
  toggleTerm,
  withoutOf,
  withTerm,
  withWithout,
  wordsOf,
} from './search';

const not = (condition: Filter): Filter => ({ operator: 'NOT', conditions: [condition] });
const or = (...conditions: Filter[]): Filter => ({ operator: 'OR', conditions });

test.each([
  ['budget draft', [{ text: 'budget draft' }]],
  ['"budget draft" 2026', [{ text: '"budget draft" 2026' }]],
  ['from:ann', [{ from: 'ann' }]],
  ['from:"Ann Lee" plan', [{ text: 'plan' }, { from: 'Ann Lee' }]],
  ['is:unread has:attachment', [{ notKeyword: '$seen' }, { hasAttachment: true }]],
  ['larger:2m smaller:3kb', [{ minSize: 2097152 }, { maxSize: 3072 }]],
  ['is:blue re:plan', [{ text: 'is:blue re:plan' }]],
  ['after:2026-13-01', [{ text: 'after:2026-13-01' }]],
  ['label:$Label1', [{ hasKeyword: '$label1' }]],
  ['bcc:ann', [{ bcc: 'ann' }]],
  ['constructor:x is:valueOf', [{ text: 'constructor:x is:valueOf' }]],
  ['plan -draft', [{ text: 'plan' }, not({ text: 'draft' })]],
  ['-from:"Ann Lee" -"old plan"', [not({ from: 'Ann Lee' }), not({ text: '"old plan"' })]],
  ['re-use - x', [{ text: 're-use - x' }]],
  ['is:unread is:flagged', [{ notKeyword: '$seen' }, { hasKeyword: '$flagged' }]],
  ['from:ann OR from:bob plan', [or({ from: 'ann' }, { from: 'bob' }), { text: 'plan' }].reverse()],
  ['a OR b OR -c', [or({ text: 'a' }, { text: 'b' }, not({ text: 'c' }))]],
  ['OR a OR', [{ text: 'a' }]],
  ['a or b', [{ text: 'a or b' }]],
  ['', []],
])('%s', (text, conditions) => {
  expect(parseSearch(text).conditions).toEqual(conditions);
});

test('days begin where the person is', () => {
  const [condition] = parseSearch('after:2026-03-02').conditions;
  expect((condition as FilterCondition).after).toBe(
    new Date(2026, 2, 2).toISOString().replace('.000', ''),
  );
});

test('a mailbox, or everything but some', () => {
  expect(filterOf('a', 'F1', ['F9'])).toEqual({
    operator: 'AND',
    conditions: [{ text: 'a' }, { inMailbox: 'F1' }],
  });
  expect(filterOf('a', null, ['F9'])).toEqual({
    operator: 'AND',
    conditions: [{ text: 'a' }, { inMailboxOtherThan: ['F9'] }],
  });
  expect(filterOf('a in:anywhere', 'F1', ['F9'])).toEqual({ text: 'a' });
});

test('terms go in and out of the text', () => {
  expect(withTerm('plan', 'from', 'Ann Lee')).toBe('plan from:"Ann Lee"');
  expect(withTerm('plan from:"Ann Lee"', 'from', null)).toBe('plan');
  expect(termOf('plan from:"Ann Lee"', 'from')).toBe('Ann Lee');
});

test('states stand beside each other, and what joins nothing goes', () => {
  expect(toggleTerm('plan is:unread', 'is', 'flagged')).toBe('plan is:unread is:flagged');
  expect(toggleTerm('plan is:unread is:flagged', 'is', 'unread')).toBe('plan is:flagged');
  expect(hasTerm('is:unread is:flagged', 'is', 'flagged')).toBe(true);
  expect(hasTerm('-is:unread', 'is', 'unread')).toBe(false);
  expect(withTerm('-from:ann from:bob', 'from', 'cy')).toBe('-from:ann from:cy');
  expect(withTerm('from:ann OR from:bob plan', 'from', null)).toBe('plan');
  expect(termOf('-from:ann', 'from')).toBe('');
});

test('words that must not be there', () => {
  expect(withWithout('plan', 'draft "old one"')).toBe('plan -draft -"old one"');
  expect(withoutOf('plan -draft -"old one" -from:ann')).toBe('draft "old one"');
  expect(withWithout('plan -draft -from:ann', '')).toBe('plan -from:ann');
});

test('what is left out is not marked', () => {
  expect(wordsOf('plan OR budget -draft -subject:x')).toEqual(['plan', 'budget']);
});

test('what is marked', () => {
  expect(wordsOf('plan "two words" from:ann subject:"a b" is:unread in:anywhere re:x')).toEqual([
    'plan',
    'two words',
    'a',
    'b',
    're:x',
  ]);
});
