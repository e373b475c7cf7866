/** What the server says of an S/MIME signature (RFC 9219), asked for once. */
import type { Id } from '../../jmap/types';
import type { AccountState } from '../../state/account.svelte';
import type { Protection } from './kind';

const VERIFY = 'urn:ietf:params:jmap:smimeverify';

/** RFC 9219 section 3. */
export interface Smime {
  smimeStatus: string | null;
  smimeErrors: string[] | null;
  smimeVerifiedAt: string | null;
}

const asked = new WeakMap<AccountState, Map<Id, Promise<Smime | null>>>();

async function ask(account: AccountState, id: Id): Promise<Smime | null> {
  if (!(VERIFY in account.client.session.capabilities)) return null;
  const { list } = await account.client.call('Email/get', {
    accountId: account.id,
    ids: [id],
    properties: ['id', 'smimeStatus', 'smimeErrors', 'smimeVerifiedAt'],
  });
  return (list[0] as unknown as Smime | undefined) ?? null;
}

/** Null: the server does not look at signatures. */
export function smimeOf(account: AccountState, id: Id): Promise<Smime | null> {
  const known = asked.get(account) ?? new Map<Id, Promise<Smime | null>>();
  asked.set(account, known);
  const before = known.get(id);
  if (before) return before;
  const answer = ask(account, id);
  known.set(id, answer);
  answer.catch(() => known.delete(id));
  return answer;
}

/** Words of the server's for what is wrong with who signed, not with what was signed. */
const WHO = /authorit|expired|not yet valid|revoked|chain of cert|not meant|missing|not safe/i;

/** It fits, but who made it is not known to be who they say. */
function isUntrusted(smime: Smime | null): boolean {
  const errors = smime?.smimeErrors ?? [];
  return errors.length > 0 && errors.every((error) => WHO.test(error));
}

/** What is told: a key of proof.*, and how it looks. */
export interface Told {
  key:
    | 'verified'
    | 'failed'
    | 'untrusted'
    | 'unchecked'
    | 'encryptedVerified'
    | 'encryptedFailed'
    | 'encrypted'
    | 'pgp'
    | 'pgpEncrypted';
  look: 'good' | 'bad' | 'plain';
}

export function toldOf(kind: Protection, smime: Smime | null): Told {
  if (kind === 'pgp') return { key: 'pgp', look: 'plain' };
  if (kind === 'pgp-encrypted') return { key: 'pgpEncrypted', look: 'plain' };
  const status = smime?.smimeStatus ?? '';
  if (status === 'signed/verified') return { key: 'verified', look: 'good' };
  if (status === 'signed/failed')
    return { key: isUntrusted(smime) ? 'untrusted' : 'failed', look: 'bad' };
  if (status === 'encrypted+signed/verified') return { key: 'encryptedVerified', look: 'good' };
  if (status === 'encrypted+signed/failed') return { key: 'encryptedFailed', look: 'bad' };
  return { key: kind === 'smime-encrypted' ? 'encrypted' : 'unchecked', look: 'plain' };
}
