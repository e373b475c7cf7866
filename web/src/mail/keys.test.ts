import { expect, test } from 'vitest';
import { bindings, isCharacterKey, Keys } from './keys';

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

test('letters and signs can be switched off; the other keys stay', () => {
  const keys = new Keys();
  for (const { keys: all, command } of bindings)
    for (const key of all.filter((one) => one === ' ' || !one.includes(' '))) {
      const [name = '', held = ''] = key.split('+').reverse();
      const event = press(name, 0, {
        ctrlKey: held === 'Ctrl',
        altKey: held === 'Alt',
        shiftKey: held === 'Shift',
      });
      expect(keys.command(event, false), key).toBe(isCharacterKey(key) ? null : command);
    }
  expect(keys.command(press('g', 100), false)).toBeNull();
  expect(keys.command(press('i', 200), false)).toBeNull();
  expect(['e', '#', '?', 'Shift+I', 'g i', '* a'].every(isCharacterKey)).toBe(true);
  expect(['Enter', ' ', 'ArrowDown', 'Ctrl+a', 'Delete'].some(isCharacterKey)).toBe(false);
});
