import { expect, test } from 'vitest';
import type { Identity } from '../jmap/types';
import { signatureOf, signedAs } from './signed';

const identity = (textSignature: string, htmlSignature = ''): Identity =>
  ({ textSignature, htmlSignature }) as Identity;

test('what is written stays, the signature changes', () => {
  const text = signedAs('Hello\n\nBye', '', 'Jane\nHealth');
  expect(text).toBe('Hello\n\nBye\n\n-- \nJane\nHealth');
  expect(signedAs(text, 'Jane\nHealth', 'Desk')).toBe('Hello\n\nBye\n\n-- \nDesk');
  expect(signedAs(text, 'Jane\nHealth', '')).toBe('Hello\n\nBye');
  expect(signedAs('Hello', '', 'Desk')).toBe('Hello\n\n-- \nDesk');
});

test('what was written below it stays below', () => {
  expect(signedAs('a\n\n-- \nJane\n\nP.S. b', 'Jane', 'Desk')).toBe('a\n\n-- \nDesk\n\nP.S. b');
});

test('a name in the text is no signature, and a changed one is the writer’s own', () => {
  expect(signedAs('I am Jane', 'Jane', 'Desk')).toBe('I am Jane');
  expect(signedAs('a\n\n-- \nJane the First', 'Jane R.', 'Desk')).toBe('a\n\n-- \nJane the First');
  expect(signedAs('$& $1\n\n-- \nJane', 'Jane', '$& $1')).toBe('$& $1\n\n-- \n$& $1');
});

test('dashes whose space got lost are dashes', () => {
  expect(signedAs('a\n--\nJane', 'Jane', 'Desk')).toBe('a\n\n-- \nDesk');
});

test('a rich signature is marked; a plain one becomes lines', () => {
  expect(signatureOf(undefined)).toEqual({ text: '', html: '' });
  expect(signatureOf(identity('A <b>\nB')).html).toContain('-- <br>A &#60;b&#62;<br>B</div>');
  expect(signatureOf(identity('A', '<b>A</b>')).html).toContain(
    'data-signature="">-- <br><b>A</b>',
  );
});
