import { expect, test } from 'vitest';
import { fits } from './people';

const ann = { name: 'Ana María Núñez', email: 'a.nunez@tax.example' };

test.each(['ana', 'nunez', 'Núñ', 'mar nun', 'a.nunez@t', 'tax'])('%s fits', (typed) =>
  expect(fits(typed, ann)).toBe(true),
);
test.each(['ria', 'unez', 'ana ben', 'x'])('%s does not', (typed) =>
  expect(fits(typed, ann)).toBe(false),
);
