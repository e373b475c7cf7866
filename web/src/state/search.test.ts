import { expect, test } from 'vitest';
import { filterOf, parseSearch, termOf, withTerm, wordsOf } from './search';

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
  ['', []],
])('%s', (text, conditions) => {
  expect(parseSearch(text).conditions).toEqual(conditions);
});

test('days begin where the person is', () => {
  const [condition] = parseSearch('after:2026-03-02').conditions;
  expect(condition?.after).toBe(new Date(2026, 2, 2).toISOString().replace('.000', ''));
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

test('what is marked', () => {
  expect(wordsOf('plan "two words" from:ann subject:"a b" is:unread in:anywhere re:x')).toEqual([
    'plan',
    'two words',
    'a',
    'b',
    're:x',
  ]);
});
