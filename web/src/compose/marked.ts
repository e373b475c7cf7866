/** The marked signature of a rich text: who clicks below it writes into it, and keeps that. */

const BLANK = /[\s\u200b]/;

/** Where so many characters end, blanks not counted; null: there are fewer, or others. */
function endOf(marked: Element, wanted: string): { node: Node; offset: number } | null {
  const walker = document.createTreeWalker(marked, NodeFilter.SHOW_TEXT);
  let at = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.nodeValue ?? '';
    for (let i = 0; i < text.length; i++) {
      const c = text[i] ?? '';
      if (BLANK.test(c)) continue;
      if (c !== wanted[at++]) return null;
      if (at === wanted.length) return { node, offset: i + 1 };
    }
  }
  return null;
}

function lettersOf(html: string): string {
  const text = new DOMParser().parseFromString(html, 'text/html').body.textContent ?? '';
  return text.replace(new RegExp(BLANK, 'g'), '');
}

/** made instead of the signature that was before; null takes it away. A changed one stays. */
export function putInstead(old: Element, before: string, made: Element | null): void {
  const end = endOf(old, lettersOf(before));
  if (!end) {
    old.removeAttribute('data-signature'); // now it is the writer's own text
    return;
  }
  const range = document.createRange();
  range.setStart(end.node, end.offset);
  range.setEnd(old, old.childNodes.length);
  const behind = range.extractContents();
  if (behind.textContent?.trim() || behind.querySelector('img')) old.after(behind);
  if (made) old.replaceWith(made);
  else old.remove();
}
