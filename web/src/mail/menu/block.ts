/** A sender is blocked: from now on their mail goes to junk, and this message does at once. */
import { t } from '../../i18n/index.svelte';
import type { EmailAddress } from '../../jmap/types';
import { settingsOpen } from '../../settings/open.svelte';
import { RuleStore } from '../../settings/rules/store.svelte';
import { complain, JUNK, moveTo } from '../../state/actions';
import { app } from '../../state/app.svelte';
import { mail } from '../../state/mail.svelte';
import type { What } from '../../state/what';
import { personName } from '../names';

/** Whom it is from, without oneself; each once. */
export function sendersOf(what: What): EmailAddress[] {
  const self = app.session.username.toLowerCase();
  const found = new Map<string, EmailAddress>();
  const emails = Array.isArray(what) ? what.map((id) => mail.account.emails.get(id)) : what.emails;
  for (const sent of emails) {
    const from = sent?.from?.[0];
    const email = from?.email.toLowerCase();
    if (from && email?.includes('@') && email !== self) found.set(email, from);
  }
  return [...found.values()];
}

export async function block(what: What): Promise<void> {
  const senders = sendersOf(what);
  const to = mail.account.role('junk');
  const store = new RuleStore();
  try {
    await store.load();
    // Rules that somebody wrote elsewhere are not overwritten without a word.
    if (store.foreign || store.otherActive || !to) {
      settingsOpen.section = 'blocked';
      return;
    }
    const before = store.rules.blocked;
    const fresh = senders.map((s) => s.email.toLowerCase()).filter((s) => !before.includes(s));
    const save = (blocked: string[]): Promise<void> => store.save({ ...store.rules, blocked });
    if (fresh.length) await save([...before, ...fresh].sort());
    const words = t('done.blocked', {
      count: senders.length,
      name: senders[0] ? personName(senders[0]) : '',
    });
    const back = async (): Promise<void> => {
      await store.load();
      if (fresh.length) await save(store.rules.blocked.filter((b) => !fresh.includes(b)));
    };
    await moveTo(what, to, { words, also: JUNK, beside: { back } });
  } catch (error) {
    complain(error);
  }
}
