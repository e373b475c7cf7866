import { describe, expect, it } from 'vitest';
import { lackOf, type Rule, type Rules } from './model';
import { fromSieve, toSieve } from './sieve';

const rule = (more: Partial<Rule>): Rule => ({
  name: 'a rule',
  enabled: true,
  all: true,
  conditions: [{ field: 'from', test: 'is', value: 'boss@example.org' }],
  actions: [{ act: 'move', mailbox: 'F1', path: 'Boss' }],
  stop: false,
  ...more,
});

const scriptOf = (more: Partial<Rule>): string => toSieve({ rules: [rule(more)], blocked: [] });

describe('rules as Sieve', () => {
  it('files by the id of the folder', () => {
    const text = scriptOf({});
    expect(text).toContain('require ["fileinto", "mailboxid"];');
    expect(text).toContain('if address :is "from" "boss@example.org" {');
    expect(text).toContain('  fileinto :mailboxid "F1" "Boss";');
  });

  it('joins conditions, and ends where told', () => {
    const text = scriptOf({
      all: false,
      stop: true,
      conditions: [
        { field: 'subject', test: 'containsNot', value: 'say "hi"' },
        { field: 'recipient', test: 'begins', value: 'a*b' },
        { field: 'size', test: 'over', kilobytes: 100 },
      ],
    });
    expect(text).toContain(
      'if anyof (not header :contains "subject" "say \\"hi\\"", ' +
        'header :matches ["to", "cc"] "a\\\\*b*", size :over 100K) {',
    );
    expect(text).toContain('  stop;');
  });

  it('sets flags before it files', () => {
    const lines = scriptOf({
      actions: [
        { act: 'move', mailbox: 'F1', path: 'Boss' },
        { act: 'read' },
        { act: 'label', keyword: 'work' },
      ],
    }).split('\r\n');
    const at = (text: string): number => lines.findIndex((line) => line.includes(text));
    expect(lines[at('addflag')]).toBe('  addflag "\\\\Seen";');
    expect(at('addflag')).toBeLessThan(at('fileinto :mailboxid'));
  });

  it('puts blocked senders into Junk before all else', () => {
    const text = toSieve({ rules: [rule({})], blocked: ['x@spam.example', '@bad.example'] });
    expect(text.indexOf('# blocked')).toBeLessThan(text.indexOf('# a rule'));
    expect(text).toContain('address :domain :is "from" "bad.example"');
    expect(text).toContain('fileinto :specialuse "\\\\Junk" "Junk";');
  });

  it('leaves out what is switched off, but remembers it', () => {
    const rules: Rules = { rules: [rule({ enabled: false })], blocked: [] };
    expect(toSieve(rules)).not.toContain('if ');
    expect(fromSieve(toSieve(rules))).toEqual(rules);
  });

  it('reads back what it wrote', () => {
    const rules: Rules = {
      rules: [
        rule({ name: 'Größe – ñ\n#: {}' }),
        rule({ conditions: [{ field: 'attachment' }, { field: 'list' }] }),
        rule({ conditions: [{ field: 'header', header: 'X-A', test: 'ends', value: '\\' }] }),
        rule({ actions: [{ act: 'forward', to: 'me@example.org' }, { act: 'discard' }] }),
      ],
      blocked: ['a@b.example'],
    };
    expect(fromSieve(toSieve(rules))).toEqual(rules);
    expect(fromSieve(toSieve(rules).replace(/\r\n/g, '\n'))).toEqual(rules);
  });

  it('does not touch what others wrote or changed', () => {
    expect(fromSieve('keep;')).toBeNull();
    expect(fromSieve('')).toEqual({ rules: [], blocked: [] });
    expect(fromSieve(`discard;\r\n${scriptOf({})}`)).toBeNull();
    expect(fromSieve('#: {"rules": 1}')).toBeNull();
  });
});

describe('a rule that is not whole', () => {
  it('says what it lacks', () => {
    expect(lackOf(rule({ name: ' ' }))).toBe('name');
    expect(lackOf(rule({ conditions: [] }))).toBe('condition');
    expect(lackOf(rule({ actions: [] }))).toBe('action');
    expect(lackOf(rule({ actions: [{ act: 'forward', to: 'nobody' }] }))).toBe('value');
    expect(lackOf(rule({ conditions: [{ field: 'subject', test: 'is', value: '' }] }))).toBe(
      'value',
    );
    expect(lackOf(rule({}))).toBeNull();
  });
});
