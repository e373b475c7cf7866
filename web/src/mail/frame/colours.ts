/** Colours of mail in the dark: what was written for white paper stays readable on a dark page. */
export interface Colour {
  r: number;
  g: number;
  b: number;
  a: number;
}

/** What a colour is used for decides how light it may be. */
export type Use = 'text' | 'ground' | 'line';

const DARK_GROUND = 0.11;
const TEXT_LIGHTNESS_MIN = 0.84;
const GROUND_LIGHTNESS_MAX = 0.22;

/** Reads "#rrggbb", "#rgb", "rgb(...)" and "rgba(...)", as browsers write colours; else null. */
export function parseColour(text: string): Colour | null {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(text.trim())?.[1];
  if (hex) return fromHex(hex);
  const numbers = /^rgba?\(([^)]+)\)$/i.exec(text.trim())?.[1];
  if (!numbers) return null;
  const [r, g, b, a] = numbers.split(/[\s,/]+/).map(channel);
  if (r === undefined || g === undefined || b === undefined) return null;
  return { r, g, b, a: a === undefined ? 1 : a };
}

function channel(text: string): number {
  return text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
}

function fromHex(hex: string): Colour | null {
  const long = hex.length < 6 ? [...hex].map((c) => c + c).join('') : hex;
  const at = (i: number) => parseInt(long.slice(i, i + 2), 16);
  if (long.length !== 6 && long.length !== 8) return null;
  return {
    r: at(0),
    g: at(2),
    b: at(4),
    a: long.length === 8 ? at(6) / 255 : 1,
  };
}

/** The colour for a dark page, with the same hue. */
export function darkened(colour: Colour, use: Use): Colour {
  const [h, s, l] = toHsl(colour);
  const turned =
    use === 'ground'
      ? Math.min(GROUND_LIGHTNESS_MAX, DARK_GROUND + (1 - l) * 0.35)
      : use === 'line'
        ? 0.2 + (1 - l) * 0.4
        : Math.max(TEXT_LIGHTNESS_MIN, 1 - l);
  return {
    ...fromHsl(h, use === 'ground' ? s * 0.6 : s, Math.min(turned, 0.93)),
    a: colour.a,
  };
}

export function colourText({ r, g, b, a }: Colour): string {
  return `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)} / ${a})`;
}

function toHsl({ r, g, b }: Colour): [number, number, number] {
  const [x, y, z] = [r / 255, g / 255, b / 255];
  const max = Math.max(x, y, z);
  const min = Math.min(x, y, z);
  const l = (max + min) / 2;
  const d = max - min;
  if (d === 0) return [0, 0, l];
  const s = d / (1 - Math.abs(2 * l - 1));
  const h = max === x ? ((y - z) / d + 6) % 6 : max === y ? (z - x) / d + 2 : (x - y) / d + 4;
  return [h * 60, s, l];
}

function fromHsl(h: number, s: number, l: number): Omit<Colour, 'a'> {
  const c = (1 - Math.abs(2 * l - 1)) * s;
  const part = (n: number) => {
    const k = (n + h / 30) % 12;
    return 255 * (l - (c / 2) * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return { r: part(0), g: part(8), b: part(4) };
}
