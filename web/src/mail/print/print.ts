/** Prints messages: from a frame in which nothing runs and which fetches nothing. */
import { currentLanguage, t } from '../../i18n/index.svelte';
import type { Email, EmailAddress, EmailContent } from '../../jmap/types';
import type { AccountState } from '../../state/account.svelte';
import { app } from '../../state/app.svelte';
import { bodyOf, loadContents } from '../../state/reading';
import { longDate, sizeText } from '../../ui/dates';
import { SANDBOX, SKELETON } from '../frame/skeleton';
import { filesIn } from '../invitation/parts';
import { insidePictures, picturesShown, remotePictures } from '../pictures';
import { Press, type Sheet } from './paper';

const PICTURES_MS = 10_000;
const MESSAGES_MAX = 200;

let last: { frame: HTMLIFrameElement; press: Press } | null = null;

function close(): void {
  last?.press.close();
  last?.frame.remove();
  last = null;
}

function open(): Promise<HTMLIFrameElement> {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', `${SANDBOX} allow-modals`); // printing opens the browser's window
  frame.setAttribute('aria-hidden', 'true');
  frame.className = 'printed';
  frame.tabIndex = -1;
  frame.srcdoc = SKELETON;
  return new Promise((loaded) => {
    frame.addEventListener('load', () => loaded(frame), { once: true });
    document.body.append(frame);
  });
}

function whole(list: EmailAddress[] | null): string {
  return (list ?? []).map((a) => (a.name ? `${a.name} <${a.email}>` : a.email)).join(', ');
}

function sheetOf(account: AccountState, email: Email, content: EmailContent): Sheet {
  const language = currentLanguage();
  const fields: [string, string][] = [
    [t('read.from'), whole(email.from)],
    [t('read.toField'), whole(email.to)],
    [t('read.cc'), whole(content.cc)],
    [t('read.date'), longDate(content.sentAt ?? email.receivedAt, language)],
  ];
  const body = bodyOf(content);
  const files = filesIn(content.attachments);
  return {
    fields: fields.filter(([, value]) => value),
    content: { kind: body.kind, value: body.value },
    sources: {
      inside: insidePictures(account, content),
      remote: picturesShown.has(email.id) ? remotePictures(app.session) : null,
    },
    files: {
      title: t('read.attachments', { count: files.length }),
      names: files.map(
        (f) => `${f.name ?? t('read.attachmentUnnamed')} (${sizeText(f.size, language)})`,
      ),
    },
    note: body.truncated ? t('read.truncated') : '',
  };
}

/** One message, or those of a conversation, the oldest first. */
export async function printMessages(account: AccountState, emails: Email[]): Promise<void> {
  const some = emails.slice(-MESSAGES_MAX);
  await loadContents(
    account,
    some.map((e) => e.id),
  );
  close();
  const frame = await open();
  const { contentDocument: doc, contentWindow: view } = frame;
  if (!doc || !view) return;
  const press = new Press(doc, view as Window & typeof globalThis);
  last = { frame, press };
  press.title(some[0]?.subject || t('list.noSubject'));
  for (const email of some) {
    const content = account.contents.get(email.id);
    if (content) press.add(sheetOf(account, email, content));
  }
  await press.ready(PICTURES_MS);
  view.focus();
  view.print();
}
