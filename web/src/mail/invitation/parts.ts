/** What in a message is no file for people, but a card above it. Small: asked for each. */
import type { EmailBodyPart } from '../../jmap/types';

export const CARDS_MAX = 8;

/** Calendars, as most programs send them; some have no other type than the name's end. */
export function isCalendar({ type, name }: EmailBodyPart): boolean {
  return (
    type === 'text/calendar' || (type === 'application/ics' && /\.ics$/i.test(name ?? 'x.ics'))
  );
}

export function calendarsIn(parts: EmailBodyPart[]): EmailBodyPart[] {
  return parts.filter((part) => part.blobId !== null && isCalendar(part)).slice(0, CARDS_MAX);
}

/** Attachments that are listed: not the calendar that is a form of the text itself. */
export function filesIn(parts: EmailBodyPart[]): EmailBodyPart[] {
  return parts.filter((part) => part.type !== 'text/calendar' || part.disposition === 'attachment');
}
