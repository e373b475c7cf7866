/** Messages are passed on as they are, as attachments (message/rfc822, RFC 2046 section 5.2.1). */
import type { Attached } from '../../compose/draft';
import { subjectFor } from '../../compose/reply';
import { writing } from '../../compose/writing.svelte';
import { t } from '../../i18n/index.svelte';
import type { Email } from '../../jmap/types';
import { complain } from '../../state/actions';
import { mail } from '../../state/mail.svelte';
import { toast } from '../../ui/toasts.svelte';
import { attachedNames } from './filename';
import { originals } from './originals';

export const ATTACHED_MAX = 50; // messages in one

/** Begins a message that has these attached, in the order of the list. */
export async function forwardAttached(emails: Email[]): Promise<void> {
  if (emails.length > ATTACHED_MAX) {
    toast(t('writing.tooManyAttached', { count: ATTACHED_MAX }), 'error');
    return;
  }
  try {
    const { id: accountId } = mail.account;
    const list = await originals(emails);
    const [first, ...more] = list.map(({ email }) => email);
    if (!first) return;
    const names = attachedNames(list.map(({ email }) => email.subject ?? ''));
    const attached = list.map(({ blobId, size }, i): Attached => {
      return { blobId, size, name: names[i] ?? '', type: 'message/rfc822', cid: null };
    });
    const subject = more.length
      ? t('writing.forwardedMany', { count: list.length })
      : subjectFor('forward', first.subject);
    const source = {
      id: first.id,
      keyword: '$forwarded' as const,
      accountId,
      more: more.map((email) => email.id),
    };
    await writing.write({ subject, attached, source });
  } catch (error) {
    complain(error);
  }
}
