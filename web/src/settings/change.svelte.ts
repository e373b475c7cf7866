import { t } from '../i18n/index.svelte';
import type { SetAnswer } from '../jmap/methods';
import { reasonOf, refusal } from '../state/reasons';

/** The first refusal in an answer of a /set, as an error. */
export function wanted<T>(answer: SetAnswer<T>): SetAnswer<T> {
  const all = { ...answer.notCreated, ...answer.notUpdated, ...answer.notDestroyed };
  const first = Object.values(all)[0];
  if (first) throw refusal(first);
  return answer;
}

/** A change that is under way, and what became of it. */
export class Change {
  busy = $state(false);
  complaint = $state('');
  done = $state('');

  /** True when it went well. */
  async run(work: () => Promise<void>, done = t('settings.saved')): Promise<boolean> {
    this.busy = true;
    this.complaint = '';
    this.done = '';
    try {
      await work();
      this.done = done;
      return true;
    } catch (error) {
      this.complaint = t('app.failed', { reason: reasonOf(error) });
      return false;
    } finally {
      this.busy = false;
    }
  }
}
