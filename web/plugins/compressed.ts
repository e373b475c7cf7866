import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import type { Plugin } from 'vite';

const SMALLEST = 512; // below this a coding's frame is no gain
const PLAIN = /\.(png|webp|woff2|ico|br|gz|zst)$/;

type Coder = (bytes: Buffer) => Buffer;

/** Suffix to coder. Zstandard only where this node has it; the server takes what is there. */
export function coders(): Map<string, Coder> {
  const best = new Map<string, Coder>([
    ['br', (bytes) => zlib.brotliCompressSync(bytes)],
    ['gz', (bytes) => zlib.gzipSync(bytes, { level: 9 })],
  ]);
  const zstd: unknown = Reflect.get(zlib, 'zstdCompressSync');
  if (typeof zstd === 'function') best.set('zst', (bytes) => zstd(bytes) as Buffer);
  return best;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** Lays NAME.br and NAME.gz beside each file of the folder that gets smaller by it. */
export function compressFolder(folder: string): void {
  for (const path of filesBelow(folder)) {
    if (PLAIN.test(path)) continue;
    const bytes = readFileSync(path);
    if (bytes.length < SMALLEST) continue;
    for (const [suffix, coder] of coders()) {
      const coded = coder(bytes);
      if (coded.length < bytes.length) writeFileSync(`${path}.${suffix}`, coded);
    }
  }
}

/** The server compresses nothing while it serves: docs/HTTP.md, "Files". */
export function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      compressFolder(folder);
    },
  };
}
