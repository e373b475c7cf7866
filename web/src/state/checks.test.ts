import { expect, test } from 'vitest';
import { checksOf, verdictOf } from './checks';

const trusted = {
  name: 'Authentication-Results',
  value:
    ' mx.example.org; spf=pass (ok) smtp.mailfrom=bounce@a.example;\r\n' +
    ' dkim=fail (body) header.d=b.example; dkim=pass header.d=a.example;' +
    ' dmarc=pass header.from=a.example',
};
const forged = { name: 'Authentication-Results', value: ' mx.example.org; dmarc=fail' };

const received = { name: 'Received', value: ' from x by mx.example.org (P) with ESMTPS; now' };

test('only what our own server wrote is believed (RFC 8601 section 5)', () => {
  expect(checksOf([trusted, received]).length).toBe(3);
  expect(checksOf([received, trusted])).toEqual([]); // it came with the message
  expect(checksOf([trusted])).toEqual([]);
  const other = { name: 'Received', value: ' from x by other.example.org with ESMTPS; now' };
  expect(checksOf([trusted, other])).toEqual([]);
  const named = {
    ...trusted,
    value: trusted.value.replace(' mx', ' (c) "MX').replace('org;', 'org" 1;'),
  };
  expect(checksOf([named, received]).length).toBe(3);
});

test('the topmost field is read, and of each method the best', () => {
  const checks = checksOf([trusted, received, forged]);
  expect(checks).toEqual([
    { method: 'spf', result: 'pass', domain: 'a.example' },
    { method: 'dkim', result: 'pass', domain: 'a.example' },
    { method: 'dmarc', result: 'pass', domain: 'a.example' },
  ]);
  expect(verdictOf(checks)).toBe('good');
  expect(verdictOf(checksOf([forged, received, trusted]))).toBe('bad');
  expect(verdictOf(checksOf([]))).toBe('unknown');
});

test('what a comment says counts for nothing', () => {
  const field = {
    name: 'Authentication-Results',
    value: ' mx.example.org; spf=none (; dmarc=pass)',
  };
  expect(checksOf([field, received])).toEqual([{ method: 'spf', result: 'none', domain: '' }]);
});
