import { expect, test, vi } from 'vitest';
import type { EmailSubmission } from '../../compose/methods';
import type { Email } from '../../jmap/types';

vi.mock('../../state/mail.svelte', () => ({ mail: {} }));
vi.mock('../../state/actions', () => ({}));
vi.mock('../../compose/desk', () => ({}));
vi.mock('../../compose/sending', () => ({}));
vi.mock('../../compose/sent', () => ({}));
vi.mock('../../compose/writing.svelte', () => ({}));
const { join } = await import('./waiting.svelte');

const email = (id: string): Email => ({ id }) as Email;
const going = (emailId: string, sendAt: string): EmailSubmission =>
  ({ id: `S${emailId}`, emailId, sendAt }) as EmailSubmission;

test('the next to leave comes first, what nothing sends comes last', () => {
  const rows = join(
    [email('E1'), email('E2'), email('E3')],
    [
      going('E1', '2026-12-02T08:00:00Z'),
      going('E3', '2026-12-01T08:00:00Z'),
      going('E9', '2026-11-01T08:00:00Z'), // within its seconds of undoing: lies elsewhere
    ],
  );
  expect(rows.map((r) => [r.email.id, r.submission?.id ?? null])).toEqual([
    ['E3', 'SE3'],
    ['E1', 'SE1'],
    ['E2', null],
  ]);
});
