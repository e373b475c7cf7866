/** What is told once a message is on its way, and how it is taken back. */
import { currentLanguage, t } from '../i18n/index.svelte';
import { longDate } from '../ui/dates';
import { dismiss, toast } from '../ui/toasts.svelte';
import type { Desk } from './desk';
import { UNDO_S, unsend, type Sent } from './sending';
import { writing } from './writing.svelte';

let told = 0;

/** What was offered for the last message does not hold any more. */
export function untell(): void {
  dismiss(told);
}

async function takeBack(from: Desk, sent: Sent): Promise<void> {
  if (await unsend(from, sent).catch(() => false)) {
    toast(t('compose.undone'));
    await writing.edit(sent.emailId, undefined, true);
  } else toast(t('compose.tooLate'), 'error');
}

/** at: when it goes; null: now, but for the seconds in which it can be undone. */
export function tellSent(from: Desk, sent: Sent, at: Date | null): void {
  if (sent.elsewhere) toast(t('compose.sentElsewhere'), 'error');
  const when = at && longDate(at.toISOString(), currentLanguage());
  const text = when ? t('compose.scheduled', { when }) : t('compose.sent');
  if (!at && from.holdMax < UNDO_S) {
    toast(text);
    return;
  }
  const note = toast(text, 'info', {
    label: t('compose.undo'),
    run: () => {
      dismiss(note);
      void takeBack(from, sent);
    },
  });
  told = note;
}
