import { expect, test } from 'vitest';
import { bindings, Keys } from './keys';

function press(key: string, timeStamp = 0, more: Partial<KeyboardEvent> = {}): KeyboardEvent {
  return {
    key,
    timeStamp,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
    shiftKey: false,
    ...more,
  } as KeyboardEvent;
}

test('one key, two keys, and keys with others', () => {
  const keys = new Keys();
  expect(keys.command(press('e'))).toBe('archive');
  expect(keys.command(press('I', 0, { shiftKey: true }))).toBe('read');
  expect(keys.command(press('?', 0, { shiftKey: true }))).toBe('help');
  expect(keys.command(press('g', 100))).toBeNull();
  expect(keys.command(press('i', 200))).toBe('inbox');
  expect(keys.command(press('g', 300))).toBeNull();
  expect(keys.command(press('i', 9000))).toBeNull();
  expect(keys.command(press('a', 9000, { ctrlKey: true }))).toBe('selectAll');
  expect(keys.command(press('r', 9000, { ctrlKey: true }))).toBeNull();
});

test('no key stands for two things', () => {
  const all = bindings.flatMap((b) => b.keys);
  expect(new Set(all).size).toBe(all.length);
});
