import { expect, test } from 'vitest';
import { loudly, quietly } from './quiet';

test('attributes get other names, texts do not', () => {
  const html = '<p style="a:b" ONCLICK=x title=y>style=1 on=2</p><b/style=c onload = z>';
  expect(quietly(html)).toBe(
    '<p data-css="a:b" data-onCLICK=x title=y>style=1 on=2</p><b/data-css=c data-onload = z>',
  );
  expect(loudly('<p data-css="a">data-css=1</p>')).toBe('<p style="a">data-css=1</p>');
});
