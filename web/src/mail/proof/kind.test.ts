import { expect, test } from 'vitest';
import type { EmailBodyPart, EmailContent } from '../../jmap/types';
import { isSeal, protectionOf } from './kind';

const part = (type: string): EmailBodyPart => ({ type }) as EmailBodyPart;
const of = (type: string, parts: string[] = [], text = ''): EmailContent =>
  ({
    headers: [{ name: 'content-type', value: type }],
    attachments: parts.map(part),
    textBody: [{ partId: '1' }],
    bodyValues: { 1: { value: text } },
  }) as unknown as EmailContent;

test('what a message says of itself', () => {
  expect(protectionOf(of('text/plain'))).toBeNull();
  const signed = ' multipart/signed; protocol="application/pkcs7-signature"';
  expect(protectionOf(of(signed, ['application/x-pkcs7-signature']))).toBe('smime');
  expect(protectionOf(of('multipart/mixed', ['application/pgp-signature']))).toBe('pgp');
  expect(protectionOf(of('application/pkcs7-mime; smime-type=signed-data'))).toBe('smime');
  const sealed = 'Application/X-PKCS7-MIME;\r\n smime-type=enveloped-data; name="smime.p7m"';
  expect(protectionOf(of(sealed))).toBe('smime-encrypted');
  expect(protectionOf(of('multipart/encrypted; protocol=x'))).toBe('pgp-encrypted');
  expect(protectionOf(of('text/plain', [], '-----BEGIN PGP SIGNED MESSAGE-----\n'))).toBe('pgp');
  expect(protectionOf(of('text/plain', [], '-----BEGIN PGP MESSAGE-----\n'))).toBe('pgp-encrypted');
  expect(protectionOf(of('text/plain', [], 'I quote -----BEGIN PGP MESSAGE-----'))).toBeNull();
});

test('signatures are not files to open', () => {
  expect(isSeal(part('application/pkcs7-signature'))).toBe(true);
  expect(isSeal(part('application/pgp-signature'))).toBe(true);
  expect(isSeal(part('application/pdf'))).toBe(false);
});
