import { expect, test } from 'vitest';
import type { AccountState } from './account.svelte';
import { MailList, PAGE } from './list.svelte';

const TOTAL = 500;

/** Queries that wait until they are answered, in the order in which they were asked. */
class Server {
  readonly asked: { position: number; answer: () => Promise<void> }[] = [];

  account(): AccountState {
    const call = (name: string, { position }: { position: number }) => {
      if (name !== 'Email/query') return Promise.resolve({ list: [] });
      let give: (found: unknown) => void = () => undefined;
      const query = new Promise((resolve) => (give = resolve));
      const ids = Array.from({ length: PAGE }, (_, i) => `E${position + i}`);
      const answer = async () => {
        give({ ids, position, total: TOTAL });
        await new Promise((done) => setTimeout(done, 0));
      };
      this.asked.push({ position, answer });
      return Object.assign(query, { ref: () => ({}) });
    };
    const client = { call };
    return {
      client,
      id: 'A1',
      emails: new Map(),
      take: () => undefined,
    } as unknown as AccountState;
  }
}

test('who scrolls while the list is asked for anew sees all rows in the end', async () => {
  const server = new Server();
  const query = { filter: {}, sort: [], conversations: false, searching: false };
  const list = new MailList(server.account(), query);
  list.look(0, 10);
  await server.asked[0]?.answer();
  const fresh = list.refresh();
  list.look(244, 256); // two pages
  expect(server.asked.map((a) => a.position)).toEqual([0, 0, 200, 250]);
  await server.asked[2]?.answer();
  await server.asked[1]?.answer(); // the new list knows nothing of 200 any more
  await fresh;
  await server.asked[3]?.answer();
  for (const { answer } of server.asked.slice(4)) await answer();
  for (let i = 244; i <= 256; i++) expect(list.ids[i]).toBe(`E${i}`);
});
