import { expect, test } from 'vitest';
import type { Email, EmailContent } from '../../jmap/types';
import { addressesIn, asksReceipt, receiptFor } from './receipt';

const email = {
  keywords: {},
  from: [{ name: 'Ann', email: 'Ann@a.example' }],
} as unknown as Email;
const withHeaders = (more: Record<string, string>, asked = 'Ann <ann@a.example>'): EmailContent =>
  ({
    headers: Object.entries({
      'Return-Path': '<ann@a.example>',
      'Disposition-Notification-To': ` ${asked}`,
      ...more,
    }).map(([name, value]) => ({ name, value })),
  }) as unknown as EmailContent;
const offered = (more: Record<string, string>, asked?: string) =>
  receiptFor(email, withHeaders(more, asked), ['me@b.example'], ['inbox']);

test('a receipt is offered to whom asks for it', () => {
  expect(offered({})).toEqual({ to: 'ann@a.example', plain: true });
  expect(offered({}, 'boss@a.example')).toEqual({ to: 'boss@a.example', plain: false });
  expect(offered({ 'Return-Path': '<bounce@a.example>' })?.plain).toBe(false);
  expect(offered({}, 'ann@a.example, other@a.example')?.plain).toBe(false);
});

test('not to lists, machines, own mail, junk, nor twice (RFC 8098 section 2.1)', () => {
  expect(offered({ 'List-Id': '<l.a.example>' })).toBeNull();
  expect(offered({ Precedence: 'bulk' })).toBeNull();
  expect(offered({ 'Auto-Submitted': 'auto-generated' })).toBeNull();
  expect(offered({ 'Return-Path': '<>' })).toBeNull();
  expect(offered({}, 'nobody')).toBeNull();
  const content = withHeaders({});
  expect(receiptFor(email, content, ['ann@a.example'], ['inbox'])).toBeNull();
  for (const role of ['junk', 'trash', 'sent', 'drafts'])
    expect(receiptFor(email, content, [], [role])).toBeNull();
  const sent = { ...email, keywords: { $mdnsent: true } } as Email;
  expect(asksReceipt(sent, content)).toBe(false);
  expect(receiptFor(sent, content, [], [null])).toBeNull();
});

test('addresses in a field', () => {
  expect(addressesIn('"Doe, <x@y>" <a@b.example> (c@d), e@f.example')).toEqual([
    'a@b.example',
    'e@f.example',
  ]);
  expect(addressesIn('javascript:alert(1)')).toEqual([]);
});
