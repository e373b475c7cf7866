import { expect, test } from 'vitest';
import { doubts, forgotAttachment, outside } from './checks';
import { emptyDraft, type Draft } from './draft';

function draft(more: Partial<Draft>): Draft {
  return { ...emptyDraft(), subject: 'x', ...more };
}

const file = { blobId: 'B1', name: 'a.pdf', type: 'application/pdf', size: 1, cid: null };

test.each([
  'I attach the report.',
  'See the attached file',
  'the attachment is large',
  'Enclosed you will find it',
  'Le adjunto el informe',
  'va adjunta la factura',
  'Los documentos están anexos',
  'Te adjunté la foto',
  'el archivo que le envío',
])('promises an attachment: %s', (text) => {
  expect(forgotAttachment(draft({ text }))).toBe(true);
  expect(forgotAttachment(draft({ text, attachments: [file] }))).toBe(false);
  expect(forgotAttachment(draft({ text, attachments: [{ ...file, cid: 'x' }] }))).toBe(true);
  expect(forgotAttachment(draft({ text: `> ${text}` }))).toBe(false);
});

test.each(['Hello', 'a detached house', 'heart attack', 'la junta adjuntiva', 'conjunto', ''])(
  'promises none: %s',
  (text) => expect(forgotAttachment(draft({ text }))).toBe(false),
);

test('a subject promises too, but not that of an answer', () => {
  expect(forgotAttachment(draft({ subject: 'Invoice attached' }))).toBe(true);
  const source = { id: 'E1', keyword: '$answered' as const };
  expect(forgotAttachment(draft({ subject: 'Re: Invoice attached', source }))).toBe(false);
});

test('what is asked before sending', () => {
  expect(doubts(draft({ subject: ' ', text: '' }))).toEqual(['subject', 'empty']);
  expect(doubts(draft({ text: 'hello' }))).toEqual([]);
});

test('who is outside', () => {
  const list = ['a@state.example', 'b@tax.state.example', 'c@other.example', 'd@notstate.example'];
  const addresses = list.map((email) => ({ name: null, email }));
  expect(outside(addresses, ['state.example']).map((a) => a.email)).toEqual(list.slice(2));
});
