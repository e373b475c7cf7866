import type { Email, Id } from '../../jmap/types';
import { mail } from '../../state/mail.svelte';
import { here } from '../../state/place.svelte';
import { messagesOf, single, type What } from '../../state/what';
import type { IconName } from '../../ui/icons';

export type Face = 'all' | 'snooze' | 'move' | 'copy' | 'label';

/** Something more that can be done, with one message alone. */
export interface Further {
  icon?: IconName;
  label: string;
  checked?: boolean;
  run: () => void;
}

interface Opened {
  what: What;
  from: { left: number; bottom: number };
  face: Face;
  /** What had the keys, and gets them back. */
  before: HTMLElement | null;
}

/** The menu of messages: what it is about, and where it stands. Its code comes when it opens. */
class MessageMenu {
  now = $state.raw<Opened | null>(null);
  /** Of messages that are shown, what can be done with each of them alone. */
  readonly further = new Map<Id, () => Further[]>();

  open(what: What, from: Opened['from'], face: Face = 'all'): void {
    if (!messagesOf(what).length) return;
    const { activeElement } = document;
    const before = activeElement instanceof HTMLElement ? activeElement : null;
    this.now = { what, from, face, before };
  }

  /** Beside a button. */
  below(event: Event, what: What, face: Face = 'all'): void {
    if (event.currentTarget instanceof Element)
      this.open(what, event.currentTarget.getBoundingClientRect(), face);
  }

  /** By a key: of the message that has the focus, else beside the row, or at the head of the open
      message. */
  atTargets(face: Face = 'all'): void {
    const focused = face === 'all' ? focusedMessage() : null;
    if (focused) {
      const { left, top } = focused.element.getBoundingClientRect();
      this.open(single(focused.email), { left: left + 40, bottom: top + 44 }, face);
      return;
    }
    const ids = mail.targets();
    const row = document.getElementById(`row-${mail.list?.ids[mail.cursor] ?? ids[0] ?? ''}`);
    const place = (here.emailId ? document.querySelector('article') : null) ?? row;
    const { left, top } = place?.getBoundingClientRect() ?? { left: 80, top: 80 };
    this.open(ids, { left: left + 40, bottom: top + 44 }, face);
  }

  /** Of a row that was clicked with the other button: of all that are selected, if it is. */
  ofRow(id: Id, at: { left: number; bottom: number }): void {
    mail.cursor = mail.list?.position(id) ?? mail.cursor;
    this.open(mail.selected.has(id) ? [...mail.selected] : [id], at);
  }

  close(back: boolean): void {
    const before = this.now?.before;
    this.now = null;
    if (back) before?.focus();
  }
}

/** The message of the open conversation that the keys are in. */
export function focusedMessage(): { email: Email; element: Element } | null {
  const element = document.activeElement?.closest('[data-message]');
  const email = mail.account.emails.get(element?.getAttribute('data-message') ?? '');
  return element && email ? { element, email } : null;
}

export const messageMenu = new MessageMenu();
