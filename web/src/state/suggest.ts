import type { Email } from '../jmap/types';

const SUGGESTED = 8;

/** What somebody may mean: earlier searches, and people whose mail was on the screen. */
export function suggestions(text: string, recent: string[], emails: Iterable<Email>): string[] {
  const typed = text.trim().toLowerCase();
  const found = new Set(recent.filter((s) => s !== text && s.toLowerCase().includes(typed)));
  if (typed)
    for (const { from } of emails)
      for (const { name, email } of from ?? []) {
        if (found.size >= SUGGESTED) break;
        if (`${name ?? ''} ${email}`.toLowerCase().includes(typed)) found.add(`from:${email}`);
      }
  return [...found].slice(0, SUGGESTED);
}
