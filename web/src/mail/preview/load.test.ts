import { expect, test } from 'vitest';
import { textOf } from './load';

const bytes = (...codes: number[]) => new Uint8Array(codes);

test('text is read by its mark, its charset, as UTF-8, as Windows-1252', () => {
  expect(textOf(bytes(0xff, 0xfe, 0xe4, 0), null)).toBe('ä');
  expect(textOf(bytes(0xef, 0xbb, 0xbf, 0xc3, 0xa4), 'iso-8859-1')).toBe('ä');
  expect(textOf(bytes(0xe4), 'iso-8859-1')).toBe('ä');
  expect(textOf(bytes(0xa4), 'iso-8859-15')).toBe('€');
  expect(textOf(bytes(0xc3, 0xa4), 'us-ascii')).toBe('ä');
  expect(textOf(bytes(0xc3, 0xa4), 'x-nonsense')).toBe('ä');
  expect(textOf(bytes(0xe4, 0xf6), null)).toBe('äö');
  expect(textOf(bytes(0xe4), 'utf-8')).toBe('ä');
});

test('a character that was cut at the end is left out', () => {
  expect(textOf(bytes(0x61, 0xc3), null, true)).toBe('a');
});

test('what is no text is not shown as text', () => {
  expect(textOf(bytes(0x61, 0, 0x62), null)).toBeNull();
  expect(textOf(bytes(), null)).toBe('');
});
