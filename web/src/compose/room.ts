/** How much may be attached: asked before a file goes on its way, so nobody waits for a refusal. */
import type { Id, Session } from '../jmap/types';

const CORE = 'urn:ietf:params:jmap:core';
const MAIL = 'urn:ietf:params:jmap:mail';

type Known = Pick<Session, 'capabilities' | 'accounts'>;

function number(value: unknown): number {
  return typeof value === 'number' ? value : Infinity;
}

/** Bytes of all files of a message together (RFC 8621 section 1.3.1). */
export function mostOf(session: Known, accountId: Id): number {
  return number(
    session.accounts[accountId]?.accountCapabilities[MAIL]?.['maxSizeAttachmentsPerEmail'],
  );
}

/** Whether one more file fits in beside those (and into one upload: RFC 8620 section 2). */
export function fits(
  session: Known,
  accountId: Id,
  sizes: readonly number[],
  size: number,
): boolean {
  const most = mostOf(session, accountId);
  const all = sizes.reduce((sum, one) => sum + one, size);
  return all <= most && size <= number(session.capabilities[CORE]?.['maxSizeUpload']);
}
