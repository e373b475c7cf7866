import { expect, test } from 'vitest';
import type { EmailBodyPart } from '../../jmap/types';
import { CARDS_MAX, calendarsIn } from './parts';

test('of many calendars the first are shown', () => {
  const parts = Array.from(
    { length: CARDS_MAX + 1 },
    (_, i) => ({ partId: String(i), blobId: `B${i}`, type: 'text/calendar' }) as EmailBodyPart,
  );
  expect(calendarsIn(parts).map((part) => part.blobId)).toEqual(
    parts.slice(0, CARDS_MAX).map((part) => part.blobId),
  );
});
