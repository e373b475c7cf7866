import { t } from '../i18n/index.svelte';
import { reasonsEn } from '../i18n/reasons.en';
import { HttpError, MethodError, OfflineError } from '../jmap/errors';
import type { SetError } from '../jmap/methods';

/** What a server would not do to one object (RFC 8620 section 5.3). */
export class Refused extends Error {
  constructor(readonly setError: SetError) {
    super(setError.description ?? setError.type);
    this.name = 'Refused';
  }
}

export function refusal(setError: SetError): Refused {
  return new Refused(setError);
}

/** Says little by itself: what the server adds is told besides. */
const VAGUE = ['invalidProperties', 'invalidArguments', 'invalidSieve', 'serverFail'];

type Words = keyof typeof reasonsEn;

function ofType(type: string, detail: string): string {
  const key = `reason.${type}`;
  if (!(key in reasonsEn)) return t('reason.other', { detail: detail || type });
  const words = t(key as Words);
  return detail && VAGUE.includes(type) ? `${words} (${detail})` : words;
}

function ofStatus({ status, problem }: HttpError): string {
  if (status === 429) return t('reason.rateLimit');
  if (status === 413) return t('reason.tooLarge');
  if (status === 403) return t('reason.forbidden');
  if (status === 404) return t('reason.notFound');
  if (status === 507) return t('reason.overQuota');
  if (status >= 500) return t('reason.serverUnavailable');
  return t('reason.other', { detail: String(problem['detail'] ?? problem['title'] ?? status) });
}

/** Why something did not work, in the person's words; the server's own only where we have none. */
export function reasonOf(error: unknown): string {
  if (error instanceof OfflineError) return t('offline.refused');
  if (error instanceof MethodError) return ofType(error.type, error.description);
  if (error instanceof Refused)
    return ofType(error.setError.type, error.setError.description ?? '');
  if (error instanceof HttpError) return ofStatus(error);
  return error instanceof Error ? error.message : '';
}
