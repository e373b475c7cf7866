/** Which addresses are the reader's own: asked for once, when something hangs on it. */
import type { Client } from '../jmap/client';
import type { Identity } from '../jmap/types';

const asked = new WeakMap<Client, Promise<Identity[]>>();
const SUBMISSION = 'urn:ietf:params:jmap:submission';

export function identitiesOf(client: Client): Promise<Identity[]> {
  const before = asked.get(client);
  if (before) return before;
  const accountId = client.session.primaryAccounts[SUBMISSION];
  if (!accountId) return Promise.resolve([]);
  const list = client.call('Identity/get', { accountId, ids: null }).then((a) => a.list);
  asked.set(client, list);
  list.catch(() => asked.delete(client)); // asked again the next time
  return list;
}

/** The identity that has one of these addresses; they are lower case, the best first. */
export function identityWith(list: Identity[], addresses: string[]): Identity | null {
  for (const address of addresses) {
    const found = list.find((i) => i.email.toLowerCase() === address);
    if (found) return found;
  }
  return null;
}
