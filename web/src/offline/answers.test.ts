import { expect, test } from 'vitest';
import { keyOf, recall, remember } from './answers';
import type { Memory } from './memory';

class Fake implements Memory {
  readonly all = new Map<string, unknown>();
  get(key: string): Promise<unknown> {
    return Promise.resolve(this.all.get(key));
  }
  put(key: string, value: unknown): Promise<void> {
    this.all.set(key, value);
    return Promise.resolve();
  }
  clear(): Promise<void> {
    this.all.clear();
    return Promise.resolve();
  }
}

type Call = [string, Record<string, unknown>, string];

const batch = (first: string, second: string, box = 'F1'): Call[] => [
  ['Email/query', { accountId: 'A1', filter: { inMailbox: box } }, first],
  ['Email/get', { accountId: 'A1', '#ids': { resultOf: first, path: '/ids' } }, second],
];

test('a call is known again whatever its id, and by what it refers to', () => {
  expect(keyOf(batch('1', '2'), 1)).toBe(keyOf(batch('8', '9'), 1));
  expect(keyOf(batch('1', '2'), 1)).not.toBe(keyOf(batch('1', '2', 'F2'), 1));
});

test('what was read is there again, what was changed is not', async () => {
  const memory = new Fake();
  const calls: Call[] = [...batch('1', '2'), ['Email/set', { accountId: 'A1' }, '3']];
  const answers = new Map<string, Call>([
    ['1', ['Email/query', { ids: ['E1'] }, '1']],
    ['2', ['Email/get', { list: [{ id: 'E1' }] }, '2']],
    ['3', ['Email/set', { updated: {} }, '3']],
  ]);
  await remember(memory, calls, answers);
  expect(await recall(memory, batch('5', '6'))).toEqual([
    ['Email/query', { ids: ['E1'] }, '5'],
    ['Email/get', { list: [{ id: 'E1' }] }, '6'],
  ]);
  expect(await recall(memory, [['Email/set', { accountId: 'A1' }, '1']])).toEqual([]);
  expect(await recall(memory, batch('5', '6', 'F2'))).toEqual([]);
});

test('errors are not kept', async () => {
  const memory = new Fake();
  const answers = new Map<string, Call>([['1', ['error', { type: 'serverFail' }, '1']]]);
  await remember(memory, [['Email/get', {}, '1']], answers);
  expect(memory.all.size).toBe(0);
});

test('an object is kept alone, whoever it was asked for with', async () => {
  const memory = new Fake();
  const get = (ids: string[], id: string): Call => ['Email/get', { accountId: 'A1', ids }, id];
  const list = [{ id: 'E1' }, { id: 'E2' }];
  await remember(memory, [get(['E1', 'E2'], '1')], new Map([['1', ['Email/get', { list }, '1']]]));
  expect(await recall(memory, [get(['E2'], '7')])).toEqual([
    ['Email/get', { accountId: 'A1', list: [{ id: 'E2' }], notFound: [] }, '7'],
  ]);
  expect(await recall(memory, [get(['E2', 'E3'], '8')])).toEqual([
    ['Email/get', { accountId: 'A1', list: [{ id: 'E2' }], notFound: ['E3'] }, '8'],
  ]);
  expect(await recall(memory, [get(['E3'], '9')])).toEqual([]);
});
