import type { Client } from './client';
import { ask } from './http';
import type { Id } from './types';

/** Keeps a text as a blob of the account; its id. */
export async function uploadText(
  client: Client,
  accountId: Id,
  text: string,
  type: string,
): Promise<Id> {
  const answer = await ask(client.uploadPath(accountId), {
    method: 'POST',
    body: text,
    headers: { 'Content-Type': type },
  });
  return ((await answer.json()) as { blobId: Id }).blobId;
}

export async function downloadText(client: Client, accountId: Id, blobId: Id): Promise<string> {
  const path = client.downloadPath(accountId, blobId, 'text.txt', 'text/plain; charset=utf-8');
  return (await ask(path)).text();
}
