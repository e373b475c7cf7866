import { expect, test } from 'vitest';
import { colourText, darkened, parseColour, type Colour } from './colours';

function parsed(text: string): Colour {
  const colour = parseColour(text);
  if (!colour) throw new Error(text);
  return colour;
}

/** Relative luminance and contrast of WCAG 2.2. */
function luminance({ r, g, b }: Colour): number {
  const [x, y, z] = [r, g, b].map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

function contrast(a: Colour, b: Colour): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

test('reads what browsers write', () => {
  expect(parsed('#fff')).toEqual({ r: 255, g: 255, b: 255, a: 1 });
  expect(parsed('#01020380').r).toBe(1);
  expect(parsed('rgb(1, 2, 3)')).toEqual({ r: 1, g: 2, b: 3, a: 1 });
  expect(parsed('rgb(1 2 3 / 50%)').a).toBe(0.5);
  for (const none of ['red', 'url(x)', '#12', 'rgb(1)', '']) expect(parseColour(none)).toBeNull();
  expect(colourText({ r: 1.4, g: 2, b: 3, a: 0.5 })).toBe('rgb(1 2 3 / 0.5)');
});

test('dark on light becomes light on dark, and can be read', () => {
  for (const text of ['#000', '#333', '#0000ee', '#800000', '#1d5fc4', '#777', '#fff'])
    for (const ground of ['#fff', '#f3f3f3', '#ffffcc', '#eef', '#000', '#1d5fc4']) {
      const pair = [darkened(parsed(text), 'text'), darkened(parsed(ground), 'ground')] as const;
      expect(contrast(...pair), `${text} on ${ground}`).toBeGreaterThan(4.5);
    }
});
