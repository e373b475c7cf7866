import { expect, type Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { call } from './jmap';

const MAIL = 'urn:ietf:params:jmap:mail';

/** A part of a message, as Python's email package reads it. */
export interface Part {
  type: string;
  /** Types of the parts around it, the outermost first. */
  within: string[];
  disposition: string | null;
  name: string | null;
  cid: string | null;
  size: number;
  text: string;
}

export interface Read {
  headers: Record<string, string>;
  parts: Part[];
  defects: string[];
}

const READER = `
import email, email.policy, json, sys
message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts, defects = [], []
def walk(part, within):
    defects.extend(type(d).__name__ for d in part.defects)
    kind = part.get_content_type()
    if part.is_multipart() and kind != "message/rfc822":
        for one in part.iter_parts():
            walk(one, within + [kind])
        return
    attached = kind == "message/rfc822"
    inner = part.get_payload(0).as_bytes() if attached else part.get_payload(decode=True)
    cid = part["Content-ID"]
    parts.append({"type": kind, "within": within, "disposition": part.get_content_disposition(),
                  "name": part.get_filename(), "cid": cid and cid.strip().strip("<>"),
                  "size": len(inner), "text": inner.decode("utf-8", "replace")
                  if kind.startswith(("text/", "message/")) else ""})
walk(message, [])
json.dump({"headers": {k.lower(): str(v) for k, v in message.items()}, "parts": parts,
           "defects": defects}, sys.stdout)
`;

export function readByPython(raw: Buffer): Read {
  const said = execFileSync('python3', ['-c', READER], { input: raw, encoding: 'utf8' });
  return JSON.parse(said) as Read;
}

/** The newest of the person's messages with that subject and all these keywords: its bytes. */
export async function rawOf(page: Page, subject: string, keyword = '$seen'): Promise<Buffer> {
  let id: string | undefined;
  await expect
    .poll(
      async () => {
        const { ids } = await call(page, 'Email/query', MAIL, {
          filter: { subject, hasKeyword: keyword },
          sort: [{ property: 'receivedAt', isAscending: false }],
          limit: 1,
        });
        id = (ids as string[])[0];
        return id;
      },
      { timeout: 60_000 },
    )
    .toBeTruthy();
  const { list } = await call(page, 'Email/get', MAIL, { ids: [id], properties: ['blobId'] });
  const [{ blobId }] = list as [{ blobId: string }];
  const bytes = await page.evaluate(async (blob) => {
    const session = (await (await fetch('/jmap/session')).json()) as {
      primaryAccounts: Record<string, string>;
    };
    const account = session.primaryAccounts['urn:ietf:params:jmap:mail'];
    const answer = await fetch(`/jmap/download/${account}/${blob}/m.eml?accept=message%2Frfc822`);
    return Array.from(new Uint8Array(await answer.arrayBuffer()));
  }, blobId);
  return Buffer.from(bytes);
}
