import type { Id } from '../../jmap/types';
import { mail } from '../../state/mail.svelte';
import { here } from '../../state/place.svelte';

export type Face = 'all' | 'snooze' | 'move' | 'label';

interface Opened {
  ids: Id[];
  from: { left: number; bottom: number };
  face: Face;
  /** What had the keys, and gets them back. */
  before: HTMLElement | null;
}

/** The menu of messages: what it is about, and where it stands. Its code comes when it opens. */
class MessageMenu {
  now = $state.raw<Opened | null>(null);

  open(ids: Id[], from: Opened['from'], face: Face = 'all'): void {
    if (!ids.length) return;
    const { activeElement } = document;
    const before = activeElement instanceof HTMLElement ? activeElement : null;
    this.now = { ids, from, face, before };
  }

  /** Beside a button. */
  below(event: Event, ids: Id[], face: Face = 'all'): void {
    if (event.currentTarget instanceof Element)
      this.open(ids, event.currentTarget.getBoundingClientRect(), face);
  }

  /** By a key: beside the row, or at the head of the open message. */
  atTargets(face: Face = 'all'): void {
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

export const messageMenu = new MessageMenu();
