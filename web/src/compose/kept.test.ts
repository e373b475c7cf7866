import { beforeEach, expect, test, vi } from 'vitest';
import type { Client } from '../jmap/client';
import { emptyDraft } from './draft';
import { forgetKept, keep, keptDraft } from './kept';

const held = new Map<string, string>();
vi.stubGlobal('sessionStorage', {
  getItem: (key: string) => held.get(key) ?? null,
  setItem: (key: string, value: string) => void held.set(key, value),
  removeItem: (key: string) => void held.delete(key),
});

function clientOf(username: string, memory: Map<string, unknown> | null): Client {
  const kept = memory && {
    get: (key: string) => Promise.resolve(memory.get(key)),
    put: (key: string, value: unknown) => Promise.resolve(void memory.set(key, value)),
    clear: () => Promise.resolve(memory.clear()),
  };
  return { session: { username }, memory: kept } as unknown as Client;
}

const draft = { ...emptyDraft(), subject: 'Plans' };
beforeEach(() => held.clear());

test('a draft is found again by who wrote it, and by nobody else', async () => {
  await keep(clientOf('jane', null), { draft, saved: 'E1' });
  expect(await keptDraft(clientOf('jane', null))).toEqual({ draft, saved: 'E1' });
  expect(await keptDraft(clientOf('luis', null))).toBeNull();
  await forgetKept(clientOf('jane', null));
  expect(await keptDraft(clientOf('jane', null))).toBeNull();
});

test('where mail is kept on the device, a draft outlives its tab', async () => {
  const memory = new Map<string, unknown>();
  await keep(clientOf('jane', memory), { draft, saved: null });
  held.clear();
  expect(await keptDraft(clientOf('jane', memory))).toEqual({ draft, saved: null });
  await forgetKept(clientOf('jane', memory));
  expect(await keptDraft(clientOf('jane', memory))).toBeNull();
});
