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

/**
 * What our own server wrote of its checks: the topmost Authentication-Results (RFC 8601), since
 * those below came with the message and may say anything.
 */
export function checksOf(headers: EmailHeader[]): Check[] {
  const field = headers.find((h) => h.name.toLowerCase() === 'authentication-results');
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
