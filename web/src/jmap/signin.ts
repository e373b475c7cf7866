import { HttpError } from './errors';
import { ask, askJson } from './http';
import { showPasskey } from './passkey';
import type { Session } from './types';

const SESSION = '/auth/session';
const SECOND_FACTOR = 'urn:postroad:problem:second-factor';

export type SignInResult =
  | { outcome: 'in' }
  | { outcome: 'wrong' }
  | { outcome: 'code'; methods: string[]; publicKey: Record<string, unknown> | null }
  | { outcome: 'slow'; seconds: number };

/** Opens a session by cookie (docs/SIGNIN.md). Other failures are thrown. */
export async function signIn(
  username: string,
  password: string,
  second: { code?: string; passkey?: Record<string, unknown> } = {},
): Promise<SignInResult> {
  try {
    await askJson(SESSION, 'POST', { username, password, ...second });
    return { outcome: 'in' };
  } catch (error) {
    if (error instanceof HttpError) return refusal(error);
    throw error;
  }
}

/** Signs in with a passkey and nothing else; throws when the person does not show one. */
export async function signInByPasskey(): Promise<SignInResult> {
  try {
    const { publicKey } = await askJson<{ publicKey: Record<string, unknown> }>(
      '/auth/passkey',
      'POST',
      {},
    );
    await askJson(SESSION, 'POST', { passkey: await showPasskey(publicKey) });
    return { outcome: 'in' };
  } catch (error) {
    if (error instanceof HttpError) return refusal(error);
    throw error;
  }
}

function refusal(error: HttpError): SignInResult {
  if (error.status === 429) return { outcome: 'slow', seconds: 30 };
  if (error.status !== 401) throw error;
  if (error.type !== SECOND_FACTOR) return { outcome: 'wrong' };
  const methods: unknown = error.problem['methods'];
  return {
    outcome: 'code',
    methods: Array.isArray(methods) ? methods.map(String) : ['totp'],
    publicKey: (error.problem['publicKey'] ?? null) as Record<string, unknown> | null,
  };
}

export async function signOut(): Promise<void> {
  await ask(SESSION, { method: 'DELETE' });
}

/** The session object of who is signed in, or null. */
export async function currentSession(): Promise<Session | null> {
  try {
    return await askJson<Session>('/jmap/session');
  } catch (error) {
    if (error instanceof HttpError && error.status === 401) return null;
    throw error;
  }
}
