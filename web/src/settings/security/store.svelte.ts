import { makePasskey } from '../../jmap/passkey';
import type { AppPassword, OAuthGrant, Passkey, SignInSession, Totp } from '../../jmap/types';
import type { SetAnswer } from '../../jmap/methods';
import { app } from '../../state/app.svelte';
import { wanted } from '../change.svelte';

/** A new main password, and what ends with it (docs/SIGNIN.md, "Another password"). */
export interface PasswordChange {
  password: string;
  endSessions: boolean;
  endGrants: boolean;
  endAppPasswords: boolean;
}

const MIN_CHARS = 12;

/** How the person signs in, as the server has it. */
export class SignInStore {
  readonly accountId = app.session.primaryAccounts['https://postroad.org/jmap/signin'] ?? '';
  sessions = $state<SignInSession[]>([]);
  passwords = $state<AppPassword[]>([]);
  totps = $state<Totp[]>([]);
  passkeys = $state<Passkey[]>([]);
  grants = $state<OAuthGrant[]>([]);
  loaded = $state(false);

  async load(): Promise<void> {
    const { accountId } = this;
    const { client } = app;
    const calls = [
      client.call('SignInSession/get', { accountId }),
      client.call('AppPassword/get', { accountId }),
      client.call('Totp/get', { accountId }),
      client.call('Passkey/get', { accountId }),
      client.call('OAuthGrant/get', { accountId }),
    ] as const;
    const [sessions, passwords, totps, passkeys, grants] = await Promise.all(
      calls.map((c) => c.done),
    );
    this.sessions = sessions!.list as SignInSession[];
    this.passwords = passwords!.list as AppPassword[];
    this.totps = totps!.list as Totp[];
    this.passkeys = passkeys!.list as Passkey[];
    this.grants = grants!.list as OAuthGrant[];
    this.loaded = true;
  }

  async destroy(
    type: 'SignInSession' | 'AppPassword' | 'Totp' | 'Passkey' | 'OAuthGrant',
    id: string,
  ): Promise<void> {
    const args = { accountId: this.accountId, destroy: [id] };
    const answer: SetAnswer<object> = await app.client.call(`${type}/set`, args);
    wanted(answer);
    await this.load();
  }

  /** Characters that a password has at least. */
  get minChars(): number {
    const said: unknown =
      app.session.accounts[this.accountId]?.accountCapabilities[
        'https://postroad.org/jmap/signin'
      ]?.['minPasswordChars'];
    return typeof said === 'number' ? said : MIN_CHARS;
  }

  async changePassword(asked: PasswordChange): Promise<void> {
    await app.client.call('Password/change', { accountId: this.accountId, ...asked });
    await this.load();
  }

  /** The password, told this once. */
  async makePassword(name: string, scopes: string[]): Promise<string> {
    const args = { accountId: this.accountId, create: { new: { name, scopes } } };
    const made = wanted(await app.client.call('AppPassword/set', args));
    await this.load();
    return made.created?.['new']?.password ?? '';
  }

  /** A device that is not confirmed yet: its secret and address, told this once. */
  async makeTotp(name: string): Promise<Totp> {
    const args = { accountId: this.accountId, create: { new: { name } } };
    const made = wanted(await app.client.call('Totp/set', args));
    return made.created?.['new'] as Totp;
  }

  async confirmTotp(id: string, code: string): Promise<void> {
    const args = { accountId: this.accountId, update: { [id]: { code } } };
    wanted(await app.client.call('Totp/set', args));
    await this.load();
  }

  async makePasskey(name: string): Promise<void> {
    const { accountId } = this;
    const { publicKey } = await app.client.call('Passkey/options', { accountId });
    const response = await makePasskey(publicKey);
    wanted(
      await app.client.call('Passkey/set', { accountId, create: { new: { name, response } } }),
    );
    await this.load();
  }

  async renewCodes(): Promise<string[]> {
    return (await app.client.call('RecoveryCodes/renew', { accountId: this.accountId })).codes;
  }
}
