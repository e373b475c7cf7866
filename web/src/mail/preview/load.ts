/** How what a file holds comes from the server. */
import { HttpError } from '../../jmap/errors';
import { ask, expand } from '../../jmap/http';
import type { EmailBodyPart } from '../../jmap/types';
import type { AccountState } from '../../state/account.svelte';

export const TEXT_BYTES_MAX = 1024 * 1024;
const AT_ONCE = 2; // as many as the server makes for one person
const PATIENCE_MS = 60_000;
const PAUSE_MS = 400;

type Files = { zipUrl?: string; previewUrl?: string } | undefined;

function filesOf(account: AccountState): Files {
  return account.client.session.capabilities['https://postroad.org/jmap/files'] as Files;
}

/** Where all files of an email are one archive; null: nowhere. */
export function zipPath(account: AccountState, emailId: string): string | null {
  const template = filesOf(account)?.zipUrl;
  return template ? expand(template, { accountId: account.id, emailId }) : null;
}

export function downloadOf(account: AccountState, part: EmailBodyPart, name: string): string {
  const type = 'application/octet-stream'; // saved, never shown by the browser itself
  return account.client.downloadPath(account.id, part.blobId ?? '', name, type);
}

/** Why there is nothing to see. */
export type Trouble = 'none' | 'unreadable' | 'large' | 'failed';

export function troubleOf(error: unknown): Trouble {
  const status = error instanceof HttpError ? error.status : 0;
  if (status === 415 || status === 404) return 'none';
  if (status === 422) return 'unreadable';
  return status === 413 ? 'large' : 'failed';
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('', 'AbortError'));
    });
  });
}

const waiting: (() => void)[] = [];
let running = 0;

async function turn(): Promise<void> {
  if (running < AT_ONCE) running++;
  else await new Promise<void>((go) => waiting.push(go));
}

function done(): void {
  const next = waiting.shift();
  if (next) next();
  else running--;
}

/** A preview that the server makes: "text", "html", "pages", "page-3". Busy, it is asked again. */
export async function preview(
  account: AccountState,
  part: EmailBodyPart,
  as: string,
  signal: AbortSignal,
): Promise<Response> {
  const template = filesOf(account)?.previewUrl;
  if (!template || !part.blobId) throw new HttpError(415, {});
  const path = expand(template, { accountId: account.id, blobId: part.blobId, as });
  const ends = Date.now() + PATIENCE_MS;
  await turn();
  try {
    for (;;) {
      try {
        signal.throwIfAborted();
        return await ask(path, { signal });
      } catch (error) {
        const busy = error instanceof HttpError && error.status === 503;
        if (!busy || Date.now() > ends) throw error;
        await pause(PAUSE_MS, signal);
      }
    }
  } finally {
    done();
  }
}

const MARKS: [string, number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

function decoded(bytes: Uint8Array, charset: string, fatal: boolean, cut: boolean): string | null {
  try {
    return new TextDecoder(charset, { fatal }).decode(bytes, { stream: cut });
  } catch {
    return null; // no such charset, or not of it
  }
}

/**
 * Text by its own mark, by what its sender says, as UTF-8 if it is, else as most old files are.
 * null: it is no text.
 */
export function textOf(bytes: Uint8Array, charset: string | null, cut = false): string | null {
  const mark = MARKS.find(([, begin]) => begin.every((b, i) => bytes[i] === b))?.[0];
  if (!mark && bytes.subarray(0, 8192).includes(0)) return null;
  const told = charset && !/^us-ascii$/i.test(charset) ? charset : null;
  return (
    (mark ? decoded(bytes, mark, false, cut) : null) ??
    (told ? decoded(bytes, told, true, cut) : null) ??
    decoded(bytes, 'utf-8', true, cut) ??
    decoded(bytes, 'windows-1252', false, cut)
  );
}

export interface Text {
  value: string;
  cut: boolean;
}

/** The beginning of a file that is text. */
export async function fileText(
  account: AccountState,
  part: EmailBodyPart,
  signal: AbortSignal,
): Promise<Text> {
  const range = { Range: `bytes=0-${TEXT_BYTES_MAX - 1}` };
  const empty = part.size === 0; // has no range
  const path = downloadOf(account, part, 'text');
  const answer = await ask(path, empty ? { signal } : { signal, headers: range });
  const cut = part.size > TEXT_BYTES_MAX;
  const value = textOf(new Uint8Array(await answer.arrayBuffer()), part.charset, cut);
  if (value === null) throw new HttpError(415, {});
  return { value, cut };
}
