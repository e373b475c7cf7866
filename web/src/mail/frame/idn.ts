/** Names of hosts in other alphabets, and those that are meant to be taken for another name. */

const [BASE, T_MIN, T_MAX, SKEW, DAMP] = [36, 1, 26, 38, 700];
const [FIRST_BIAS, FIRST_CODE] = [72, 128];

function digitOf(c: string): number {
  if (/[a-z]/.test(c)) return c.charCodeAt(0) - 97;
  return /[0-9]/.test(c) ? c.charCodeAt(0) - 22 : BASE;
}

function adapted(delta: number, points: number, first: boolean): number {
  let d = first ? Math.floor(delta / DAMP) : delta >> 1;
  let k = 0;
  d += Math.floor(d / points);
  for (; d > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) d = Math.floor(d / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * d) / (d + SKEW));
}

/** What "xn--" stands before, as letters (RFC 3492); null: it is nothing. */
function decoded(text: string): string | null {
  const dash = text.lastIndexOf('-');
  const out = [...text.slice(0, Math.max(0, dash))].map((c) => c.charCodeAt(0));
  let [code, i, bias] = [FIRST_CODE, 0, FIRST_BIAS];
  for (let at = dash + 1; at < text.length; ) {
    const before = i;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = digitOf(text[at++] ?? '');
      if (digit >= BASE) return null;
      i += digit * weight;
      const t = Math.min(T_MAX, Math.max(T_MIN, k - bias));
      if (digit < t) break;
      weight *= BASE - t;
    }
    bias = adapted(i - before, out.length + 1, before === 0);
    code += Math.floor(i / (out.length + 1));
    if (code > 0x10ffff) return null;
    i %= out.length + 1;
    out.splice(i++, 0, code);
  }
  return String.fromCodePoint(...out);
}

/** A host as its owner would write it: "xn--bcher-kva.example" is "bücher.example". */
export function unicodeHost(host: string): string {
  const labels = host.toLowerCase().split('.');
  const readable = (l: string): string => (l.startsWith('xn--') ? (decoded(l.slice(4)) ?? l) : l);
  return labels.map(readable).join('.');
}

/** Letters that many take for Latin ones. */
const LOOKS_LATIN = /^[асԁеһіјӏорԛѕԝхуъьҽпгѵѡοανρυικωϲ0-9-]+$/u;
const ALPHABETS = [/\p{sc=Latin}/u, /\p{sc=Cyrillic}/u, /\p{sc=Greek}/u, /\p{sc=Armenian}/u];

function misleads(label: string): boolean {
  const used = ALPHABETS.filter((alphabet) => alphabet.test(label));
  return used.length > 1 || (used.length === 1 && LOOKS_LATIN.test(label));
}

/** Whether a host mixes alphabets, or is written in letters that look like those of another. */
export function looksLikeAnother(host: string): boolean {
  if (!host.includes('xn--')) return false;
  return unicodeHost(host)
    .split('.')
    .some((label) => /[^\0-\x7f]/.test(label) && misleads(label));
}
