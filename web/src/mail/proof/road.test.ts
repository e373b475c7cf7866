import { expect, test } from 'vitest';
import { HOPS_MAX, roadOf, wholeTime } from './road';

const received = (value: string) => ({ name: 'Received', value });
const HEADERS = [
  received(
    ' from mx.out.example (mx.out.example [192.0.2.1])\r\n\tby mail.e2e.example (Postroad)' +
      ' with ESMTPS id 1;\r\n\tSun, 22 Nov 2026 10:00:07 +0000',
  ),
  { name: 'Subject', value: ' x; from y by z' },
  received(
    ' from pc (unknown [198.51.100.2]) (using TLSv1.3 with cipher X) by mx.out.example' +
      ' with ESMTPA id 2; Sun, 22 Nov 2026 11:00:02 +0100 (CET)',
  ),
  received(' by web.out.example; Sun, 22 Nov 2026 10:00:00 GMT'),
];

test('the way, oldest first, with what each step took', () => {
  const hops = roadOf(HEADERS);
  expect(hops.map((h) => [h.from, h.by, h.encrypted, h.delay])).toEqual([
    ['', 'web.out.example', null, null],
    ['pc', 'mx.out.example', true, 2000],
    ['mx.out.example', 'mail.e2e.example', true, 5000],
  ]);
  expect(wholeTime(hops)).toBe(7000);
});

test('in clear, clocks that differ, and what makes no sense', () => {
  const hops = roadOf([
    received(' from a by b with SMTP; Sun, 22 Nov 2026 09:59:00 +0000'),
    received(' from c by d with ESMTP; Sun, 22 Nov 2026 10:00:00 +0000'),
    received(' ;;;; nonsense'),
    received(''),
  ]);
  expect(hops.map((h) => h.encrypted)).toEqual([null, null, false, false]);
  expect(hops[3]?.delay).toBe(-60_000);
  expect(hops[0]).toMatchObject({ from: '', by: '', at: null });
  expect(wholeTime(roadOf([]))).toBeNull();
});

test('five thousand fields, and long ones, are bounded', () => {
  const began = performance.now();
  const long = ` from ${'('.repeat(50_000)} by ${'x'.repeat(50_000)}; ${'Z'.repeat(50_000)}`;
  const hops = roadOf(Array.from({ length: 5000 }, () => received(long)));
  expect(hops.length).toBe(HOPS_MAX);
  expect(performance.now() - began).toBeLessThan(2000);
});
