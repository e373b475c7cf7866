/** What in a message is no file for people, but a card above it. Small: asked for each. */
import type { EmailBodyPart } from '../../jmap/types';
import { isSeal } from '../proof/kind';

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

/** Attachments that are listed: no signatures, nor the calendar that is a form of the text. */
export function filesIn(parts: EmailBodyPart[]): EmailBodyPart[] {
  const isFile = (part: EmailBodyPart): boolean =>
    !isSeal(part) && (part.type !== 'text/calendar' || part.disposition === 'attachment');
  return parts.filter(isFile);
}
