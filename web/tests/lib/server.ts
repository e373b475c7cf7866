import { execFileSync } from 'node:child_process';
import { person } from './page';

/** Runs the server's own command line. */
export function cli(words: string[], input = ''): string {
  const program = process.env['POSTROAD_CLI'];
  if (!program) throw new Error('run this by tests/serve.py');
  return execFileSync(program, words, { input, encoding: 'utf8' });
}

export interface Letter {
  from: string;
  subject: string;
  text?: string;
  headers?: string;
  type?: string;
}

/** Lays a message into somebody's inbox. */
export function deliver(name: string, letter: Letter): void {
  const { address } = person(name);
  const head = [
    `From: ${letter.from}`,
    `To: ${address}`,
    `Subject: ${letter.subject}`,
    `Date: ${new Date().toUTCString()}`,
    `Message-ID: <${Math.random().toString(36).slice(2)}@test.example>`,
    'MIME-Version: 1.0',
    `Content-Type: ${letter.type ?? 'text/plain'}; charset=utf-8`,
    ...(letter.headers ? [letter.headers] : []),
  ];
  cli(['message', 'put', address, 'INBOX'], `${head.join('\r\n')}\r\n\r\n${letter.text ?? ''}\r\n`);
}

/** Lays a message into somebody's inbox as it is, but for the ends of its lines. */
export function deliverRaw(name: string, raw: string): void {
  const { address } = person(name);
  cli(['message', 'put', address, 'INBOX'], raw.replace(/\r?\n/g, '\r\n'));
}
