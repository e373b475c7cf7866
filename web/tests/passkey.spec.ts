import { execFileSync } from 'node:child_process';
import { expect, person, test, type Page } from './lib/page';

/** What the page's own code does, without its pictures: requests and the browser's own passkeys. */
interface Answer {
  status: number;
  body: {
    type?: string;
    methods?: string[];
    session?: { how: string };
    publicKey?: PublicKeyCredentialRequestOptionsJSON;
  };
}

const USING = ['urn:ietf:params:jmap:core', 'https://postroad.org/jmap/signin'];

function ask(page: Page, method: string, path: string, body?: unknown): Promise<Answer> {
  return page.evaluate(
    async ([how, where, what]) => {
      const answer = await fetch(where as string, {
        method: how as string,
        headers: { 'Content-Type': 'application/json', 'Postroad-Request': '1' },
        ...(what === undefined ? {} : { body: JSON.stringify(what) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text ? JSON.parse(text) : {} };
    },
    [method, path, body] as const,
  );
}

async function call(page: Page, method: string, rest: object = {}): Promise<unknown> {
  const session = (await ask(page, 'GET', '/jmap/session')).body as {
    primaryAccounts?: Record<string, string>;
  };
  const accountId = session.primaryAccounts?.[USING[1] ?? ''];
  const answer = await ask(page, 'POST', '/jmap/api', {
    using: USING,
    methodCalls: [[method, { accountId, ...rest }, '0']],
  });
  const said = answer.body as { methodResponses?: [string, unknown, string][] };
  return said.methodResponses?.[0]?.[1];
}

/** navigator.credentials.create() and get(), from JSON and to JSON. */
function create(page: Page, options: unknown): Promise<{ response: unknown }> {
  return page.evaluate(async (json) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
      json as PublicKeyCredentialCreationOptionsJSON,
    );
    const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
    return made.toJSON() as { response: unknown };
  }, options);
}

function get(page: Page, options: unknown): Promise<unknown> {
  return page.evaluate(async (json) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
      json as PublicKeyCredentialRequestOptionsJSON,
    );
    const shown = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
    return shown.toJSON() as unknown;
  }, options);
}

test.afterEach(() => {
  const cli = process.env['POSTROAD_CLI'];
  if (cli) execFileSync(cli, ['second-factor', 'reset', person('luis').address]);
});

test('a passkey of the browser signs in, beside the password and alone', async ({ page }) => {
  const { address, password } = person('luis');
  const login = { username: address, password };
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto('/');
  expect((await ask(page, 'POST', '/auth/session', login)).body.session?.how).toBe('password');

  const options = (await call(page, 'Passkey/options')) as { publicKey: unknown };
  const made = await create(page, options.publicKey);
  const set = (await call(page, 'Passkey/set', {
    create: { k: { name: 'This browser', response: made.response } },
  })) as { created: { k?: { id: string } } | null };
  expect(set.created?.k?.id).toMatch(/^K/);
  await ask(page, 'DELETE', '/auth/session');

  const asked = await ask(page, 'POST', '/auth/session', login);
  expect([asked.status, asked.body.type, asked.body.methods]).toEqual([
    401,
    'urn:postroad:problem:second-factor',
    ['passkey'],
  ]);
  const second = await get(page, asked.body.publicKey);
  const both = await ask(page, 'POST', '/auth/session', { ...login, passkey: second });
  expect([both.status, both.body.session?.how]).toEqual([200, 'passkey']);
  await ask(page, 'DELETE', '/auth/session');

  const challenge = await ask(page, 'POST', '/auth/passkey', {});
  const alone = { passkey: await get(page, challenge.body.publicKey) };
  const signedIn = await ask(page, 'POST', '/auth/session', alone);
  expect([signedIn.status, signedIn.body.session?.how]).toEqual([200, 'passkey']);
  expect((await ask(page, 'POST', '/auth/session', alone)).status).toBe(401);
});
