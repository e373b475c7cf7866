import { expect, test } from 'vitest';
import type { EmailAddress } from '../jmap/types';
import { toEmail, emptyDraft } from './draft';
import { answerTo, quoteFor, recipientsFor, subjectFor, type Message, type Said } from './reply';

const at = (...list: string[]): EmailAddress[] => list.map((email) => ({ name: null, email }));
const me = ['me@a.example'];

function message(more: Partial<Message>): Message {
  return {
    id: 'E1',
    from: at('ann@b.example'),
    to: at('me@a.example', 'ben@b.example'),
    cc: at('cy@b.example', 'ME@a.example'),
    replyTo: null,
    subject: 'Plans',
    messageId: ['1@b'],
    references: ['0@b'],
    attachments: [],
    ...more,
  } as Message;
}

const said: Said = {
  intro: 'Ann wrote:',
  head: ['From: Ann'],
  text: 'a\n> b\n\n',
  html: '<p>a</p>',
};

test.each([
  ['reply', 'Plans', 'Re: Plans'],
  ['reply', 'RE: re: Plans', 'Re: Plans'],
  ['replyAll', 'RV: Plans', 'Re: Plans'],
  ['forward', 'Fw: FWD: Plans', 'Fwd: Plans'],
  ['forward', 'Re: Plans', 'Fwd: Re: Plans'],
  ['reply', null, 'Re: '],
] as const)('subject: %s to %s', (kind, subject, wanted) =>
  expect(subjectFor(kind, subject)).toBe(wanted),
);

test('who is answered', () => {
  const emails = (kind: 'reply' | 'replyAll' | 'forward', m: Message) => {
    const { to, cc } = recipientsFor(kind, m, me);
    return [to.map((a) => a.email), cc.map((a) => a.email)];
  };
  expect(emails('reply', message({}))).toEqual([['ann@b.example'], []]);
  expect(emails('replyAll', message({}))).toEqual([
    ['ann@b.example', 'ben@b.example'],
    ['cy@b.example'],
  ]);
  expect(emails('reply', message({ replyTo: at('list@b.example') }))).toEqual([
    ['list@b.example'],
    [],
  ]);
  const own = message({ from: at('me@a.example'), to: at('ben@b.example') });
  expect(emails('reply', own)).toEqual([['ben@b.example'], []]);
  expect(emails('replyAll', own)).toEqual([['ben@b.example'], ['cy@b.example']]);
  expect(emails('forward', message({}))).toEqual([[], []]);
});

test('what is quoted', () => {
  expect(quoteFor('reply', said).text).toBe('Ann wrote:\n> a\n>> b');
  expect(quoteFor('reply', { ...said, intro: '<b>' }).html).toContain('&#60;b&#62;');
  expect(quoteFor('forward', said).text).toBe('Ann wrote:\nFrom: Ann\n\na\n> b\n\n');
});

test('threads and attachments', () => {
  const part = { partId: '2', size: 1, type: 'image/png', charset: null, disposition: 'inline' };
  const attachments = [
    { ...part, blobId: 'B1', name: 'in.png', cid: 'x' },
    { ...part, blobId: 'B2', name: 'out.png', cid: null },
  ];
  const html = { ...said, html: '<img src="cid:x">' };
  const reply = answerTo('reply', message({ attachments }), me, html);
  expect(reply.inReplyTo).toEqual(['1@b']);
  expect(reply.references).toEqual(['0@b', '1@b']);
  expect(reply.attachments.map((a) => [a.blobId, a.cid])).toEqual([['B1', 'x']]);
  const copy = answerTo('forward', message({ attachments }), me, html);
  expect(copy.inReplyTo).toBeNull();
  expect(copy.attachments.map((a) => [a.blobId, a.cid])).toEqual([
    ['B1', 'x'],
    ['B2', null],
  ]);
});

test('the Email', () => {
  const from = { name: 'Me', email: 'me@a.example', replyTo: at('r@a.example') };
  const draft = { ...emptyDraft(), html: '<p>x</p>', text: 'x', subject: 's', to: at('a@b.c') };
  const email = toEmail(draft, from, 'F1');
  expect(email).toMatchObject({
    mailboxIds: { F1: true },
    keywords: { $draft: true, $seen: true },
    from: [{ name: 'Me', email: 'me@a.example' }],
    replyTo: at('r@a.example'),
    textBody: [{ partId: 't', type: 'text/plain' }],
    htmlBody: [{ partId: 'h', type: 'text/html' }],
  });
  expect(toEmail({ ...draft, format: 'plain' }, from, 'F1')).not.toHaveProperty('htmlBody');
  const picture = { blobId: 'B', name: 'p', type: 'image/png', size: 1, cid: 'gone' };
  expect(toEmail({ ...draft, attachments: [picture] }, from, 'F1')).not.toHaveProperty(
    'attachments',
  );
});
