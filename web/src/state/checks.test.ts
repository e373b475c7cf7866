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

test('the topmost field is read, and of each method the best', () => {
  const checks = checksOf([trusted, forged]);
  expect(checks).toEqual([
    { method: 'spf', result: 'pass', domain: 'a.example' },
    { method: 'dkim', result: 'pass', domain: 'a.example' },
    { method: 'dmarc', result: 'pass', domain: 'a.example' },
  ]);
  expect(verdictOf(checks)).toBe('good');
  expect(verdictOf(checksOf([forged, trusted]))).toBe('bad');
  expect(verdictOf(checksOf([]))).toBe('unknown');
});

test('what a comment says counts for nothing', () => {
  const field = { name: 'Authentication-Results', value: ' mx; spf=none (; dmarc=pass)' };
  expect(checksOf([field])).toEqual([{ method: 'spf', result: 'none', domain: '' }]);
});
