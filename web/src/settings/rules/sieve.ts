import {
  noRules,
  type Action,
  type Condition,
  type Rule,
  type Rules,
  type TextTest,
} from './model';

/** Before each line of the comment that holds the rules themselves. */
const MARK = '#: ';
const LINE = 100;

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
const list = (texts: string[]): string =>
  texts.length === 1 ? quoted(texts[0]!) : `[${texts.map(quoted).join(', ')}]`;

/** Wildcards of :matches that are meant as characters. */
const literal = (text: string): string => text.replace(/[*?\\]/g, '\\$&');

class Script {
  readonly needs = new Set<string>();
  readonly lines: string[] = [];

  need(...names: string[]): void {
    for (const name of names) this.needs.add(name);
  }

  add(line: string, depth = 0): void {
    this.lines.push('  '.repeat(depth) + line);
  }
}

function matchOf(test: TextTest, value: string): { negated: boolean; match: string; key: string } {
  const negated = test === 'containsNot' || test === 'isNot';
  if (test === 'contains' || test === 'containsNot')
    return { negated, match: ':contains', key: value };
  if (test === 'begins') return { negated, match: ':matches', key: `${literal(value)}*` };
  if (test === 'ends') return { negated, match: ':matches', key: `*${literal(value)}` };
  return { negated, match: ':is', key: value };
}

const headersOf: Record<string, string[]> = {
  from: ['from'],
  to: ['to'],
  cc: ['cc'],
  recipient: ['to', 'cc'],
  subject: ['subject'],
};

function textTest(script: Script, c: Extract<Condition, { value: string }>): string {
  const { negated, match, key } = matchOf(c.test, c.value.trim());
  const not = negated ? 'not ' : '';
  if (c.field === 'body') {
    script.need('body');
    return `${not}body :text ${match} ${quoted(key)}`;
  }
  const names = c.field === 'header' ? [c.header ?? ''] : headersOf[c.field]!;
  const isAddress = c.field !== 'header' && c.field !== 'subject';
  const exact = match === ':is' && isAddress;
  return `${not}${exact ? 'address' : 'header'} ${match} ${list(names)} ${quoted(key)}`;
}

function testOf(script: Script, c: Condition): string {
  if (c.field === 'size') return `size :${c.test} ${Math.round(c.kilobytes)}K`;
  if (c.field === 'list') return 'exists ["list-id"]';
  if (c.field === 'attachment') {
    script.need('mime');
    return 'header :mime :anychild :is "content-disposition" "attachment"';
  }
  return textTest(script, c);
}

function actionOf(script: Script, a: Action): string {
  if (a.act === 'move' || a.act === 'copy') {
    script.need('fileinto', 'mailboxid');
    if (a.act === 'copy') script.need('copy');
    const copy = a.act === 'copy' ? ':copy ' : '';
    return `fileinto ${copy}:mailboxid ${quoted(a.mailbox)} ${quoted(a.path)};`;
  }
  if (a.act === 'forward') {
    script.need('copy');
    return `redirect :copy ${quoted(a.to.trim())};`;
  }
  if (a.act === 'discard') return 'discard;';
  script.need('imap4flags');
  const flag = a.act === 'read' ? '\\Seen' : a.act === 'flag' ? '\\Flagged' : a.keyword;
  return `addflag ${quoted(flag)};`;
}

/** Flags first: they count for what is filed behind them. */
function inOrder(actions: Action[]): Action[] {
  const isFlag = (a: Action): boolean => ['read', 'flag', 'label'].includes(a.act);
  return [...actions.filter(isFlag), ...actions.filter((a) => !isFlag(a))];
}

function addRule(script: Script, rule: Rule): void {
  if (!rule.enabled || !rule.conditions.length || !rule.actions.length) return;
  const tests = rule.conditions.map((c) => testOf(script, c));
  const test =
    tests.length === 1 ? tests[0]! : `${rule.all ? 'allof' : 'anyof'} (${tests.join(', ')})`;
  script.add(`# ${rule.name.replace(/[\r\n]+/g, ' ')}`);
  script.add(`if ${test} {`);
  for (const action of inOrder(rule.actions)) script.add(actionOf(script, action), 1);
  if (rule.stop) script.add('stop;', 1);
  script.add('}');
}

function addBlocked(script: Script, blocked: string[]): void {
  const domains = blocked.filter((b) => b.startsWith('@')).map((b) => b.slice(1));
  const addresses = blocked.filter((b) => !b.startsWith('@'));
  const tests: string[] = [];
  if (addresses.length) tests.push(`address :all :is "from" ${list(addresses)}`);
  if (domains.length) tests.push(`address :domain :is "from" ${list(domains)}`);
  if (!tests.length) return;
  script.need('fileinto', 'special-use');
  script.add('# blocked');
  script.add(`if ${tests.length === 1 ? tests[0]! : `anyof (${tests.join(', ')})`} {`);
  script.add('fileinto :specialuse "\\\\Junk" "Junk";', 1);
  script.add('stop;', 1);
  script.add('}');
}

/** The script of the rules, with the rules in a comment at its end. */
export function toSieve(rules: Rules): string {
  const script = new Script();
  addBlocked(script, rules.blocked);
  for (const rule of rules.rules) addRule(script, rule);
  const json = JSON.stringify(rules).replace(
    /[^ -~]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const head = script.needs.size ? [`require ${list([...script.needs].sort())};`] : [];
  const tail: string[] = [];
  for (let i = 0; i < json.length; i += LINE) tail.push(MARK + json.slice(i, i + LINE));
  return [...head, ...script.lines, ...tail, ''].join('\r\n');
}

/** The rules of a script that toSieve made; null for one that somebody else wrote or changed. */
export function fromSieve(text: string): Rules | null {
  const lines = text.split(/\r?\n/);
  const json = lines
    .filter((line) => line.startsWith(MARK))
    .map((line) => line.slice(MARK.length))
    .join('');
  if (!json) return text.trim() ? null : noRules;
  try {
    const rules = JSON.parse(json) as Rules;
    return toSieve(rules).trim() === lines.join('\r\n').trim() ? rules : null;
  } catch {
    return null;
  }
}
