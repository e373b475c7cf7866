import { expect, test } from 'vitest';
import { attachedNames } from './filename';

test('names that every system takes, each once', () => {
  expect(
    attachedNames(['Re: a/b\\c', 'Plan', 'plan', '', 'Fin…', 'x\u202egnp.exe\r\n', 'end. ', '...']),
  ).toEqual([
    'Re a b c.eml',
    'Plan.eml',
    'plan (2).eml',
    'message.eml',
    'Fin….eml',
    'x gnp.exe.eml',
    'end.eml',
    'message (2).eml',
  ]);
  expect(attachedNames(['é'.repeat(200)])[0]).toBe(`${'é'.repeat(80)}.eml`);
});
