import { describe, expect, test } from 'vitest';
import { fits, mostOf } from './room';

const account = (mail: Record<string, unknown>) => ({
  name: 'x',
  isPersonal: true,
  isReadOnly: false,
  accountCapabilities: { 'urn:ietf:params:jmap:mail': mail },
});
const session = {
  capabilities: { 'urn:ietf:params:jmap:core': { maxSizeUpload: 80 } },
  accounts: { A: account({ maxSizeAttachmentsPerEmail: 100 }), B: account({}) },
};

describe('room for files', () => {
  test('one file, and all of them', () => {
    expect(fits(session, 'A', [], 80)).toBe(true);
    expect(fits(session, 'A', [], 81)).toBe(false); // no upload takes it
    expect(fits(session, 'A', [40, 20], 40)).toBe(true);
    expect(fits(session, 'A', [40, 20], 41)).toBe(false); // the message would be too large
  });
  test('a server that names no limit has none', () => {
    expect(mostOf(session, 'B')).toBe(Infinity);
    expect(fits(session, 'B', [1e9], 80)).toBe(true);
  });
});
