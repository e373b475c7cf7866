import { expect, test } from 'vitest';
import { laterThan, localText, monday, tomorrow } from './hours';

const friday = new Date(2026, 10, 20, 17, 30);

test('later', () => {
  expect(localText(tomorrow(friday))).toBe('2026-11-21T08:00');
  expect(localText(monday(friday))).toBe('2026-11-23T08:00');
  expect(localText(monday(new Date(2026, 10, 23, 7)))).toBe('2026-11-30T08:00');
  expect(localText(monday(new Date(2026, 10, 22, 7)))).toBe('2026-11-23T08:00');
  expect(localText(tomorrow(new Date(2026, 11, 31, 9)))).toBe('2027-01-01T08:00');
});

test('what may be asked for', () => {
  const at = localText(tomorrow(friday));
  expect(laterThan(friday, at, 86400)?.getDate()).toBe(21);
  expect(laterThan(friday, at, 3600)).toBeNull();
  expect(laterThan(friday, '2026-11-19T08:00', 86400)).toBeNull();
  expect(laterThan(friday, '', 86400)).toBeNull();
});
