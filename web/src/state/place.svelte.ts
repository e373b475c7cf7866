import type { Id } from '../jmap/types';

/** Where a person is: written in the address, so that back, forward and reload work. */
export interface Place {
  accountId: Id | null;
  mailboxId: Id | null; // null: all mailboxes, in a search
  search: string;
  emailId: Id | null;
}

const NOWHERE: Place = { accountId: null, mailboxId: null, search: '', emailId: null };
const ALL = 'all';

/** Stands where a mailbox does: what was deleted for good and can be had back. */
export const RECOVER = 'recover';

/** #/ACCOUNT/MAILBOX/EMAIL?q=SEARCH */
export function readPlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [accountId, mailboxId, emailId] = path.split('/').map(decodeURIComponent);
  return {
    accountId: accountId || null,
    mailboxId: !mailboxId || mailboxId === ALL ? null : mailboxId,
    search: new URLSearchParams(query).get('q') ?? '',
    emailId: emailId || null,
  };
}

export function writePlace(place: Place): string {
  const parts = [place.accountId ?? '', place.mailboxId ?? ALL];
  if (place.emailId) parts.push(place.emailId);
  const query = place.search ? `?${new URLSearchParams({ q: place.search }).toString()}` : '';
  return `#/${parts.map(encodeURIComponent).join('/')}${query}`;
}

export const here = $state<Place>({ ...NOWHERE });

/** Goes elsewhere. What is not named stays. */
export function go(to: Partial<Place>, replace = false): void {
  Object.assign(here, to);
  const address = writePlace(here);
  if (address === location.hash) return;
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
}

/** Nobody is anywhere: the next one begins at the beginning. */
export function leavePlace(): void {
  Object.assign(here, NOWHERE);
  history.replaceState(null, '', '/');
}

/** Follows the browser's own back and forward. Returns how to stop that. */
export function followAddress(): () => void {
  const follow = (): void => void Object.assign(here, readPlace(location.hash));
  follow();
  addEventListener('popstate', follow);
  return () => removeEventListener('popstate', follow);
}
