import { expect, test } from 'vitest';
import { isHarmless } from './css';

test.each([
  'red',
  '1px',
  'rgb(1, 2, 3)',
  'linear-gradient(rgb(0, 0, 0), red 50%)',
  '"Comic Sans MS", serif',
  'calc(100% - 8px)',
])('kept: %s', (value) => expect(isHarmless(value)).toBe(true));

test.each([
  'url("https://a.example/x")',
  'image-set("x" 1x)',
  'var(--x)',
  'attr(href)',
  'env(x)',
  'expression(1)',
  'paint(x)',
  'u\\72l(x)',
  '100vh',
  '50dvw',
  '10cqw',
  '9999999px',
  '-1e9px',
  '</style>',
  'a}b{c',
  '/**/red',
  'x'.repeat(1001),
])('not kept: %s', (value) => expect(isHarmless(value)).toBe(false));
