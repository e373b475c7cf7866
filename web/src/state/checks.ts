import type { EmailHeader } from '../jmap/types';

export interface Check {
  method: 'spf' | 'dkim' | 'dmarc' | 'arc';
  result: string;
  /** The domain that it speaks of. */
  domain: string;
}

const METHODS = ['spf', 'dkim', 'dmarc', 'arc'] as const;

function domainIn(properties: string): string {
  const found = /\b(?:header\.(?:d|from|i)|smtp\.(?:mailfrom|helo))=("?)([^\s;"]+)\1/i.exec(
    properties,
  );
  return (found?.[2] ?? '').replace(/^.*@/, '');
}

/** The server that took the message in, as the topmost Received names it. */
function takenBy(headers: EmailHeader[]): string {
  const field = headers.find((h) => h.name.toLowerCase() === 'received');
  const bare = (field?.value.slice(0, 4000) ?? '').replace(/\([^()]*\)/g, ' ');
  return (/(?:^|\s)by\s+([^\s;()]+)/i.exec(bare)?.[1] ?? '').toLowerCase();
}

/** Who says that it has checked (authserv-id, RFC 8601 section 2.5). */
export function serverOf({ value }: EmailHeader): string {
  const bare = value.replace(/\([^()]*\)/g, ' ').split(';')[0] ?? '';
  return (bare.trim().split(/\s/)[0] ?? '').replace(/"/g, '').toLowerCase();
}

/**
 * The field that our own server wrote (RFC 8601 section 5): the topmost Authentication-Results,
 * above the Received of our server, and of that server. All others came with the message and may
 * say anything.
 */
export function believed(headers: EmailHeader[]): EmailHeader | null {
  const names = headers.map((h) => h.name.toLowerCase());
  const at = names.indexOf('authentication-results');
  const received = names.indexOf('received');
  const field = headers[at];
  if (!field || received < 0 || at > received) return null;
  return serverOf(field) === takenBy(headers) ? field : null;
}

/** What our own server wrote of its checks. */
export function checksOf(headers: EmailHeader[]): Check[] {
  const field = believed(headers);
  if (!field) return [];
  const said = field.value
    .replace(/\([^()]*\)/g, ' ')
    .split(';')
    .slice(1);
  return METHODS.flatMap((method) => {
    const found = said.flatMap((part) => {
      const result = new RegExp(`^\\s*${method}\\s*=\\s*(\\w+)(.*)$`, 'is').exec(part);
      return result ? [{ method, result: result[1] ?? '', domain: domainIn(result[2] ?? '') }] : [];
    });
    const best = found.find((check) => check.result === 'pass') ?? found[0];
    return best ? [best] : [];
  });
}

/** Whether From is what it says: by DMARC where it was asked for, else by what stands behind it. */
export function verdictOf(checks: Check[]): 'good' | 'bad' | 'unknown' {
  const of = (method: Check['method']): string | undefined =>
    checks.find((check) => check.method === method)?.result;
  if (of('dmarc') === 'pass') return 'good';
  if (of('dmarc') === 'fail') return 'bad';
  if (of('dkim') === 'pass' || of('spf') === 'pass') return 'good';
  if (of('dkim') === 'fail' || of('spf') === 'fail') return 'bad';
  return 'unknown';
}
