import { expect, test } from 'vitest';
import { hostInText, isDeceiving } from './links';

test.each([
  ['https://bank.example/login', 'https://bank.example/login', false],
  ['bank.example', 'https://www.bank.example/x', false],
  ['www.bank.example', 'https://bank.example/x', false],
  ['bank.example', 'https://login.bank.example/x', false],
  ['click here', 'https://evil.example/', false],
  ['Version 2.0 is out', 'https://a.example/', false],
  ['https://bank.example/login', 'https://evil.example/', true],
  ['bank.example', 'https://bank.example.evil.example/', true],
  ['login.bank.example', 'https://bank.example/', true],
  ['  <bank.example>', 'http://evil.example', true],
  ['\u200bbank.example', 'http://evil.example', true],
  ['x', 'https://bank.example@evil.example/', true],
  ['b\u202eelpmaxe.knab', 'https://bank.example/', true],
  ['bаnk.example', 'https://bank.example/', true], // a Cyrillic letter
  ['a@bank.example', 'mailto:spy@evil.example', false],
])('%s -> %s', (text, href, deceives) => {
  expect(isDeceiving(text, href)).toBe(deceives);
});

test('hosts in texts', () => {
  expect(hostInText('HTTP://Bank.Example:8/x')).toBe('bank.example');
  expect(hostInText('bаnk.example')).toMatch(/^xn--/);
  expect(hostInText('no host here')).toBe('');
  expect(hostInText('3.14')).toBe('');
});
