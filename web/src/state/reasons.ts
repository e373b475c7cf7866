import { t } from '../i18n/index.svelte';
import { OfflineError } from '../jmap/errors';

/** Why something did not work, in the person's words where we have them. */
export function reasonOf(error: unknown): string {
  if (error instanceof OfflineError) return t('offline.refused');
  return error instanceof Error ? error.message : '';
}
