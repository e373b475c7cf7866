/** Passkeys (WebAuthn) as JSON, the way the server tells and takes them (docs/SIGNIN.md). */
type Json = Record<string, unknown>;

export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

export function toBase64url(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

interface Descriptor {
  id: string;
  type: 'public-key';
}

const descriptors = (list: unknown): PublicKeyCredentialDescriptor[] =>
  ((list ?? []) as Descriptor[]).map((d) => ({ ...d, id: fromBase64url(d.id) }));

export function passkeysWork(): boolean {
  return 'credentials' in navigator && 'PublicKeyCredential' in window;
}

/** Shows a passkey; what the server wants of it. Throws when the person does not. */
export async function showPasskey(options: Json): Promise<Json> {
  const publicKey = {
    ...options,
    challenge: fromBase64url(String(options['challenge'])),
    allowCredentials: descriptors(options['allowCredentials']),
  } as PublicKeyCredentialRequestOptions;
  const shown = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const said = shown.response as AuthenticatorAssertionResponse;
  return {
    id: shown.id,
    rawId: toBase64url(shown.rawId),
    type: shown.type,
    response: {
      clientDataJSON: toBase64url(said.clientDataJSON),
      authenticatorData: toBase64url(said.authenticatorData),
      signature: toBase64url(said.signature),
      userHandle: said.userHandle ? toBase64url(said.userHandle) : null,
    },
  };
}

/** Makes a passkey: the members of its response that the server wants. */
export async function makePasskey(options: Json): Promise<Json> {
  const user = options['user'] as { id: string; name: string; displayName: string };
  const publicKey = {
    ...options,
    challenge: fromBase64url(String(options['challenge'])),
    user: { ...user, id: fromBase64url(user.id) },
    excludeCredentials: descriptors(options['excludeCredentials']),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const said = made.response as AuthenticatorAttestationResponse;
  return {
    clientDataJSON: toBase64url(said.clientDataJSON),
    attestationObject: toBase64url(said.attestationObject),
  };
}
