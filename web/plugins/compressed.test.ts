import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compressFolder } from './compressed.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compressed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('each coding gives back the bytes', () => {
  const text = 'mail '.repeat(1000);
  writeFileSync(join(folder, 'a.js'), text);
  compressFolder(folder);
  expect(brotliDecompressSync(readFileSync(join(folder, 'a.js.br'))).toString()).toBe(text);
  expect(gunzipSync(readFileSync(join(folder, 'a.js.gz'))).toString()).toBe(text);
});

test('what is small or compressed stays alone', () => {
  writeFileSync(join(folder, 'small.js'), 'x');
  writeFileSync(join(folder, 'picture.png'), 'x'.repeat(4096));
  compressFolder(folder);
  expect(readdirSync(folder).sort()).toEqual(['picture.png', 'small.js']);
});
