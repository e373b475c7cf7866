import { expect, test } from 'vitest';
import { fromBase64url, toBase64url } from './passkey';

test('base64url goes there and back', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const text = toBase64url(bytes.buffer);
  expect(text).toMatch(/^[\w-]+$/);
  expect(fromBase64url(text)).toEqual(bytes);
  expect(toBase64url(new Uint8Array([251, 255]).buffer)).toBe('-_8');
});
