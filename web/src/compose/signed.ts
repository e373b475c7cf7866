/** Signatures: below what is written, and changed with the identity; the text around them stays. */
import type { Identity } from '../jmap/types';

export interface Signature {
  /** As it was entered; empty: none. */
  text: string;
  /** With its dashes, marked so that it is found again. */
  html: string;
}

export function asHtml(text: string): string {
  return text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`).replace(/\r?\n/g, '<br>');
}

export function signatureOf(identity: Identity | undefined): Signature {
  const text = identity?.textSignature.trim() ?? '';
  const html = identity?.htmlSignature || asHtml(text);
  return {
    text,
    html: html && `<div><br></div><div data-signature="">-- <br>${html}</div>`,
  };
}

/** Where the signature begins, with dashes and lines before; -1: the writer has changed it. */
function begins(text: string, signature: string): number {
  const at = text.lastIndexOf(signature);
  const dashes = at < 0 ? null : /\n*(?:^|\n)-- ?\n$/.exec(text.slice(0, at));
  return dashes ? dashes.index : -1;
}

/** The text with another signature (RFC 3676 section 4.3); '' is none. */
export function signedAs(text: string, before: string, after: string): string {
  const block = after && `\n\n-- \n${after}`;
  if (!before) return text + block;
  const at = begins(text, before);
  if (at < 0) return text;
  const rest = text.slice(text.lastIndexOf(before) + before.length);
  return text.slice(0, at) + block + rest;
}
