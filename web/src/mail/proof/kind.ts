/** How a message is protected, by what it says of itself. Small: asked for each that is opened. */
import type { EmailBodyPart, EmailContent } from '../../jmap/types';

export type Protection = 'smime' | 'smime-encrypted' | 'pgp' | 'pgp-encrypted';

const SMIME_SIGNATURE = /^application\/(?:x-)?pkcs7-signature$/i;
const PGP_SIGNATURE = /^application\/pgp-signature$/i;
const SMIME_WHOLE = /^application\/(?:x-)?pkcs7-mime$/i;

function typeOf({ headers }: EmailContent): string {
  const field = headers.find((h) => h.name.toLowerCase() === 'content-type');
  return (field?.value ?? '').replace(/\s+/g, ' ').trim().toLowerCase();
}

function inText({ textBody, bodyValues }: EmailContent): Protection | null {
  const id = textBody[0]?.partId;
  const begin = (id ? bodyValues[id]?.value.trimStart().slice(0, 40) : '') ?? '';
  if (begin.startsWith('-----BEGIN PGP SIGNED MESSAGE-----')) return 'pgp';
  return begin.startsWith('-----BEGIN PGP MESSAGE-----') ? 'pgp-encrypted' : null;
}

/** Null: it is neither signed nor encrypted. */
export function protectionOf(content: EmailContent): Protection | null {
  const type = typeOf(content);
  const parts = content.attachments;
  if (type.startsWith('multipart/encrypted')) return 'pgp-encrypted';
  if (parts.some((p) => SMIME_SIGNATURE.test(p.type))) return 'smime';
  if (parts.some((p) => PGP_SIGNATURE.test(p.type))) return 'pgp';
  if (SMIME_WHOLE.test(type.split(';')[0]?.trim() ?? ''))
    return /smime-type="?(?:signed-data|compressed-data|certs-only)/.test(type)
      ? 'smime'
      : 'smime-encrypted';
  return inText(content);
}

/** What no one would open: signatures, and what says that the next part is encrypted. */
export function isSeal({ type }: EmailBodyPart): boolean {
  return (
    SMIME_SIGNATURE.test(type) || PGP_SIGNATURE.test(type) || type === 'application/pgp-encrypted'
  );
}
