/** What the test of hostile mail stands on: the collection, the trap, and the page. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
  "connect-src 'self'; frame-src 'none'; base-uri 'none'; form-action 'none'";

export interface Hostile {
  name: string;
  file: string;
  html: string | null;
  text: string | null;
}

/** A server that nobody may ask for anything; it also counts who only connects. */
export class Trap {
  readonly caught: string[] = [];
  private constructor(private readonly server: Server) {}

  static async open(): Promise<Trap> {
    const server = createServer((q, a) => {
      trap.caught.push(`${q.method} ${q.url}`);
      a.writeHead(200, {
        'Access-Control-Allow-Origin': '*',
        'Content-Type': 'text/html',
      });
      a.end('<script>top.__ran=1</script>');
    });
    const trap = new Trap(server);
    server.on('connection', () => trap.caught.push('connection'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return trap;
  }

  get origin(): string {
    return originOf(this.server);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** The collection, whose addresses lead into the trap. */
export function collection(trap: Trap): {
  list: Hostile[];
  read: (file: string) => Buffer;
} {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const script = join(here, '../../../tests/web/hostile/make.py');
  execFileSync('python3', [script, '--trap', trap.origin, '--out', folder]);
  const list = JSON.parse(readFileSync(join(folder, 'list.json'), 'utf8')) as Hostile[];
  const files = new Map(list.map(({ file }) => [file, readFileSync(join(folder, file))]));
  rmSync(folder, { recursive: true });
  return { list, read: (file) => files.get(file) ?? Buffer.alloc(0) };
}

async function bundled(): Promise<string> {
  const out = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2022',
      rollupOptions: { input: join(here, 'harness.ts') },
    },
  });
  const chunks = 'output' in out ? out.output : [];
  const code = chunks.map((c) => (c.type === 'chunk' ? c.code : '')).join('');
  if (!code) throw new Error('the harness was not built');
  return code;
}

const PAGE = `<!doctype html><html lang="en"><title>The page</title>
<link rel="stylesheet" href="/harness.css"><header>Mail</header><nav>Folders</nav>
<main id="reader"></main><script type="module" src="/harness.js"></script>`;

/** Serves the harness; /unsafe?NUMBER is a message as it came, without any protection. */
export async function serve(list: Hostile[]): Promise<Server> {
  const files: Record<string, [string, string]> = {
    '/': ['text/html', PAGE],
    '/harness.js': ['text/javascript', await bundled()],
    '/harness.css': ['text/css', readFileSync(join(here, 'harness.css'), 'utf8')],
  };
  const server = createServer((q, a) => {
    const url = new URL(q.url ?? '/', 'http://page');
    if (url.pathname === '/unsafe') {
      a.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      a.end(list[Number(url.search.slice(1))]?.html);
      return;
    }
    const [type, body] = files[url.pathname] ?? ['text/plain', ''];
    const head = { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': POLICY };
    a.writeHead(body ? 200 : 404, head);
    a.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
