import { createHmac } from 'node:crypto';
import { accessible, expect, pictures2, signIn, test, type Page } from './lib/page';
import { Program, withToken } from './lib/program';

const WHO = 'luis';

async function openSecurity(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Signing in' }).click();
  await expect(page.getByText('This browser')).toBeVisible();
}

/** RFC 6238, for a secret in base32. */
function codeOf(secret: string, step: number): string {
  const bits = [...secret.replace(/\s|=/g, '')]
    .map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[mac.length - 1]! & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('a program gets a password of its own', async ({ page }) => {
  await signIn(page, WHO);
  await openSecurity(page);
  await page.getByRole('button', { name: 'New password for a program' }).click();
  await page.getByLabel('What it is for').fill('Mail on my phone');
  await accessible(page);
  await pictures2(page, 'security-password');
  await page.getByRole('button', { name: 'Make the password' }).click();
  await expect(page.getByText('shown this once')).toBeVisible();
  await expect(page.locator('.once pre')).toHaveText(/^[\w-]{20,}$/);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('button', { name: 'Remove: Mail on my phone' }).click();
  await expect(page.getByText('There are none.')).toBeVisible();
});

test('an authenticator app is asked for from then on', async ({ page }) => {
  await signIn(page, WHO);
  await openSecurity(page);
  await page.getByRole('button', { name: 'Add an authenticator app' }).click();
  await expect(page.getByRole('img', { name: 'Picture for' })).toBeVisible();
  const secret = await page.locator('form code').innerText();
  await accessible(page);
  await pictures2(page, 'security-totp');
  const step = Math.floor(Date.now() / 30_000);
  await page.getByLabel('Code that the app shows').fill(codeOf(secret, step));
  await page.getByRole('button', { name: 'Confirm' }).click();
  const codes = page.locator('.once pre');
  await expect(codes).toHaveText(/(\S+\s+){9}\S+/);
  const [recovery] = (await codes.innerText()).split('\n');
  await expect(page.getByText('a second step is asked for')).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await signIn(page, WHO);
  await page.getByLabel('Code from your authenticator app').fill('000000');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('not right');
  await page.getByLabel('Code from your authenticator app').fill(recovery!);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await openSecurity(page);
  await page.getByRole('button', { name: 'Remove: Authenticator app' }).click();
  await expect(page.getByText('Whoever knows your password')).toBeVisible();
});

test('a passkey is made, and opens the page alone', async ({ page }) => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  await signIn(page, WHO);
  await openSecurity(page);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByRole('button', { name: 'Remove: Passkey' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await openSecurity(page);
  await page.getByRole('button', { name: 'Remove: Passkey' }).click();
  await expect(page.getByText('Whoever knows your password')).toBeVisible();
});

test('a program that was let in is ended by the owner, and its tokens with it', async ({
  page,
  request,
}) => {
  await signIn(page, WHO);
  await expect(page.getByRole('button', { name: 'Account' })).toBeVisible();
  const program = Program.add('Calendar wall');
  try {
    const allow = page.getByRole('button', { name: 'Allow' });
    const said = await program.ask(page, 'jmap imap offline_access', async () => {
      await expect(page.getByText('Calendar wall')).toBeVisible();
      await accessible(page);
      await pictures2(page, 'oauth-consent');
      await allow.focus();
      await page.keyboard.press('Enter');
    });
    expect([said.get('state'), said.get('iss')]).toEqual(['s1', 'https://localhost']);
    const tokens = await program.redeem(request, said.get('code')!);
    expect(await withToken(request, tokens.access_token)).toBe(200);

    await page.goto('/');
    await openSecurity(page);
    const entry = page.getByRole('listitem').filter({ hasText: 'Calendar wall' });
    await expect(entry).toContainText('imap');
    await expect(entry).toContainText('jmap');
    await accessible(page);
    await entry.scrollIntoViewIfNeeded();
    await pictures2(page, 'security-grants');
    await page.getByRole('button', { name: 'End: Calendar wall' }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByText('Its access has ended.')).toBeVisible();
    expect(await withToken(request, tokens.access_token)).toBe(401);
    expect(await program.refresh(request, tokens.refresh_token)).toBe(400);
    await expect(page.getByText('No program was let in.')).toBeVisible();
  } finally {
    program.close();
  }
});
