/** What was looked for, marked in a message. */

const HITS_MAX = 500;
export const HIT_CLASS = 'postroad-hit';

interface Folded {
  text: string;
  /** Where each of its characters stood. */
  at: number[];
}

/** As it is compared: without case and accents. */
function folded(text: string): Folded {
  let out = '';
  const at: number[] = [];
  for (let i = 0; i < text.length; ) {
    const c = String.fromCodePoint(text.codePointAt(i) ?? 0);
    const plain = c.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
    for (let k = 0; k < plain.length; k++) at.push(i);
    out += plain;
    i += c.length;
  }
  at.push(text.length);
  return { text: out, at };
}

/** Where the words stand in the text: from and to, in order, none in another. */
export function hitsIn(text: string, words: string[]): [number, number][] {
  const where = folded(text);
  const found: [number, number][] = [];
  for (const word of words) {
    const wanted = folded(word).text;
    if (!wanted) continue;
    for (let i = where.text.indexOf(wanted); i >= 0; i = where.text.indexOf(wanted, i + 1))
      found.push([where.at[i] ?? 0, where.at[i + wanted.length] ?? text.length]);
  }
  found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  let end = 0;
  return found.filter(([from, to]) => from >= end && (end = to) > from);
}

/** A text with its hits in <mark>, as snippets have them. */
export function piecesWith(text: string, words: string[]): { text: string; marked: boolean }[] {
  const pieces: { text: string; marked: boolean }[] = [];
  let at = 0;
  for (const [from, to] of hitsIn(text, words)) {
    if (from > at) pieces.push({ text: text.slice(at, from), marked: false });
    pieces.push({ text: text.slice(from, to), marked: true });
    at = to;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), marked: false });
  return pieces;
}

/** Marks the words in what is shown; quotations that hold one are unfolded. How many there are. */
export function markHits(root: HTMLElement, words: string[]): number {
  if (!words.length) return 0;
  const doc = root.ownerDocument;
  const walker = doc.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  let count = 0;
  for (const node of texts)
    for (const [from, to] of hitsIn(node.data, words).reverse()) {
      if (count++ >= HITS_MAX) return HITS_MAX;
      const hit = node.splitText(from);
      hit.splitText(to - from);
      const mark = doc.createElement('mark');
      mark.className = HIT_CLASS;
      hit.replaceWith(mark);
      mark.append(hit);
      mark.closest('details')?.setAttribute('open', '');
    }
  return count;
}
