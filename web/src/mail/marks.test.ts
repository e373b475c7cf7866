import { expect, test } from 'vitest';
import { piecesOf } from './marks';

test('hits are marked, and all else is text', () => {
  expect(piecesOf('a &lt;b&gt; <mark>plan</mark> &amp; more <mark>plans</mark>')).toEqual([
    { text: 'a <b> ', marked: false },
    { text: 'plan', marked: true },
    { text: ' & more ', marked: false },
    { text: 'plans', marked: true },
  ]);
});

test('what is not closed is a hit to its end', () => {
  expect(piecesOf('<mark>a')).toEqual([{ text: 'a', marked: true }]);
});
