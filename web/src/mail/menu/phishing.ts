/**
 * Phishing is reported: the messages go to junk, and as they are, as attachments, to the address
 * that the administrator has set (docs/JMAP_MORE.md, "Reports"). While it can still be taken back
 * the report waits.
 */
import { openDesk } from '../../compose/desk';
import { emptyDraft } from '../../compose/draft';
import '../../compose/methods';
import { send, unsend, type Sent } from '../../compose/sending';
import { t } from '../../i18n/index.svelte';
import type { Email } from '../../jmap/types';
import { complain, JUNK, moveTo } from '../../state/actions';
import { mail } from '../../state/mail.svelte';
import { countOf, messagesOf, type What } from '../../state/what';
import { toast } from '../../ui/toasts.svelte';
import { originals } from './originals';

const REPORT = 'https://postroad.org/jmap/report';
const REPORTED_MAX = 20; // messages in one report

function addressForReports(): string | null {
  const { [REPORT]: said } = mail.own.info.accountCapabilities;
  const address: unknown = said?.['phishing'];
  return typeof address === 'string' ? address : null;
}

/** Sends the report; what is given back takes it back. */
async function report(to: string, emails: Email[]): Promise<() => Promise<void>> {
  const desk = await openDesk(mail.own.client);
  const subject = emails[0]?.subject ?? '';
  const attachments = (await originals(emails)).map(({ blobId, size }, i) => {
    return { blobId, size, name: `${i + 1}.eml`, type: 'message/rfc822', cid: null };
  });
  const draft = {
    ...emptyDraft(),
    to: [{ name: null, email: to }],
    subject: t('phishing.subject', { subject }),
    format: 'plain' as const,
    text: t('phishing.text'),
    attachments,
  };
  const sent: Sent = await send(desk, draft, null, null);
  return async () => {
    if (!(await unsend(desk, sent))) toast(t('phishing.gone'));
    else
      await desk.client.call('Email/set', { accountId: desk.accountId, destroy: [sent.emailId] });
  };
}

export async function reportPhishing(what: What): Promise<void> {
  const to = mail.account.role('junk');
  const address = addressForReports();
  if (!to) return;
  try {
    const emails = messagesOf(what).slice(0, REPORTED_MAX);
    const unreport = address ? await report(address, emails) : () => Promise.resolve();
    await moveTo(what, to, {
      words: t(address ? 'done.reported' : 'done.phishing', { count: countOf(what) }),
      also: { ...JUNK, 'keywords/$phishing': true },
      beside: { back: unreport },
    });
  } catch (error) {
    complain(error);
  }
}
