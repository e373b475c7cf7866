import { expect, test } from 'vitest';
import { endingOf, kindOf, plainName, warningOf } from './kinds';

const octets = 'application/octet-stream';

test.each([
  ['a.png', 'image/png', 'picture'],
  ['A.JPG', octets, 'picture'],
  ['a.svg', 'image/svg+xml', 'none'],
  ['a.tiff', 'image/tiff', 'none'],
  ['a.pdf', octets, 'pdf'],
  ['x', 'application/pdf', 'pdf'],
  ['a.docx', octets, 'office'],
  ['x', 'application/vnd.oasis.opendocument.text', 'office'],
  ['x', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'office'],
  ['a.rtf', 'text/rtf', 'office'],
  ['a.log', octets, 'text'],
  ['a', 'text/plain', 'text'],
  ['a.html', 'text/html', 'text'],
  ['a', 'message/rfc822', 'text'],
  ['a.zip', 'application/zip', 'none'],
  ['a.exe', octets, 'none'],
])('%s of %s is %s', (name, type, kind) => {
  expect(kindOf({ name, type })).toBe(kind);
});

test.each([
  ['plan.pdf', null],
  ['setup.exe', 'dangerous'],
  ['page.HTML', 'dangerous'],
  ['invoice.pdf.exe', 'disguised'],
  ['invoice.pdf      .js', 'disguised'],
  ['invoice\u202efdp.exe', 'disguised'],
  ['archive.tar.gz', null],
  ['run.exe. ', 'dangerous'],
  ['macro.docm', 'dangerous'],
])('%s is %s', (name, warning) => {
  expect(warningOf({ name, type: octets })).toBe(warning);
});

test('a name is shown plainly', () => {
  expect(plainName('a\u202eb\u0000c\r\n d.txt')).toBe('abc d.txt');
  expect(endingOf('invoice\u202efdp.exe')).toBe('exe');
  expect(endingOf('README')).toBe('');
});
