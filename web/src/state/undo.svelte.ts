import { t } from '../i18n/index.svelte';
import { dismiss, toast } from '../ui/toasts.svelte';

interface Done {
  words: string;
  undo: () => Promise<void>;
  toast: number;
}

const KEPT = 20;
const done: Done[] = [];
/** Acts that the server has not answered yet: who undoes at once means these. */
const underWay = new Set<Promise<void>>();

/** An act that will offer its undo when it is through. */
export function acting(work: Promise<void>): Promise<void> {
  const watched = work.finally(() => underWay.delete(watched));
  underWay.add(watched);
  return watched;
}

/** Tells what was done, with a way back: by the button, or later by the key, newest first. */
export function offerUndo(words: string, undo: () => Promise<void>): void {
  const entry: Done = { words, undo, toast: 0 };
  entry.toast = toast(words, 'info', { label: t('undo.undo'), run: () => void take(entry) });
  done.push(entry);
  if (done.length > KEPT) done.shift();
}

async function take(entry: Done): Promise<void> {
  const i = done.indexOf(entry);
  if (i < 0) return;
  done.splice(i, 1);
  dismiss(entry.toast);
  await entry.undo();
  toast(t('undo.undone', { what: entry.words }));
}

/** Takes back what was done last. */
export async function undoLast(): Promise<void> {
  await Promise.allSettled(underWay);
  const entry = done.at(-1);
  if (entry) await take(entry);
  else toast(t('undo.nothing'));
}
