import type { Email, Id } from '../jmap/types';
import { mail } from './mail.svelte';

/** Single messages, of conversations. rows: those of the list that go when these go. */
export interface Singles {
  rows: Id[];
  emails: Email[];
}

/** What is acted on: rows of the list with all that they stand for, or single messages. */
export type What = Id[] | Singles;

/** One message alone; its row goes with it if it stands for nothing else. */
export function single(email: Email): Singles {
  const { account, list } = mail;
  const row = list?.ids.find((id) => account.emails.get(id ?? '')?.threadId === email.threadId);
  const alone = row !== undefined && mail.members(row).every((e) => e.id === email.id);
  return { rows: alone ? [row] : [], emails: [email] };
}

export function rowsOf(what: What): Id[] {
  return Array.isArray(what) ? what : what.rows;
}

/** All messages that it stands for. */
export function messagesOf(what: What): Email[] {
  return Array.isArray(what) ? what.flatMap((id) => mail.members(id)) : what.emails;
}

/** As people count: rows, or messages. */
export function countOf(what: What): number {
  return Array.isArray(what) ? what.length : what.emails.length;
}
