import { expect, test } from 'vitest';
import { readPlace } from '../state/place.svelte';
import { newest, noteOf, placeOf, type Asker } from './newmail';

const row = {
  id: 'E7',
  from: [{ name: null, email: 'ann@e2e.example' }],
  subject: 'Plan',
  preview: 'We begin',
};

function asker(boxes: string[], list: unknown[]): { ask: Asker; asked: string[] } {
  const asked: string[] = [];
  const ask: Asker = (calls) => {
    asked.push(...calls.map(([name]) => name));
    return Promise.resolve(
      calls.map(([name]) => (name === 'Mailbox/query' ? { ids: boxes } : { list })),
    );
  };
  return { ask, asked };
}

test('the newest unread message of the inbox is told', async () => {
  const { ask, asked } = asker(['F1'], [row]);
  const found = await newest(ask, 'A1');
  expect(asked).toEqual(['Mailbox/query', 'Email/query', 'Email/get']);
  expect(found).toMatchObject({ mailboxId: 'F1', emailId: 'E7', from: 'ann@e2e.example' });
  expect(noteOf(found!)).toMatchObject({
    title: 'ann@e2e.example',
    options: { tag: 'E7', body: 'Plan\nWe begin' },
  });
});

test('no inbox and no unread message are no news', async () => {
  expect(await newest(asker([], [row]).ask, 'A1')).toBeNull();
  expect(await newest(asker(['F1'], []).ask, 'A1')).toBeNull();
});

test('a click leads to the message', async () => {
  const found = await newest(asker(['F1'], [row]).ask, 'A1');
  expect(readPlace(placeOf(found!))).toEqual({
    accountId: 'A1',
    mailboxId: 'F1',
    emailId: 'E7',
    search: '',
  });
});
