import { expect, test } from 'vitest';
import { toldOf } from './signature';

const status = (smimeStatus: string | null) => ({
  smimeStatus,
  smimeErrors: null,
  smimeVerifiedAt: null,
});

test('good is only what the server has verified (RFC 9219 section 3)', () => {
  expect(toldOf('smime', status('signed/verified'))).toEqual({ key: 'verified', look: 'good' });
  expect(toldOf('smime', status('signed/failed')).look).toBe('bad');
  for (const other of ['unknown', 'signed', '', 'signed/verified-not', null])
    expect(toldOf('smime', status(other))).toEqual({ key: 'unchecked', look: 'plain' });
  const failed = (...smimeErrors: string[]) =>
    toldOf('smime', { ...status('signed/failed'), smimeErrors }).key;
  const changed = 'The message has been changed since it was signed.';
  expect(failed('A certificate has expired.')).toBe('untrusted');
  expect(failed('A certificate has expired.', changed)).toBe('failed');
  expect(failed()).toBe('failed');
  expect(toldOf('smime', null).look).toBe('plain');
  expect(toldOf('smime-encrypted', status('unknown')).key).toBe('encrypted');
  expect(toldOf('smime-encrypted', status('encrypted+signed/verified')).look).toBe('good');
  expect(toldOf('smime-encrypted', status('encrypted+signed/failed')).look).toBe('bad');
  expect(toldOf('pgp', status('signed/verified')).look).toBe('plain');
});
