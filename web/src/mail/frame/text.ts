/** Plain text as nodes: links, and quotations by their marks. */
const TEXT_CHARS_MAX = 1024 * 1024;
const QUOTE_DEPTH_MAX = 10;
const LINK = /\bhttps?:\/\/[^\s<>"'`]+|\bwww\.[^\s<>"'`]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;
const LINKS_MAX = 2000;

/** An address at the end of a sentence does not end with the sentence's dot or bracket. */
function withoutTail(address: string): string {
  let end = address.replace(/[.,;:!?]+$/, '');
  while (end.endsWith(')') && end.split('(').length < end.split(')').length) end = end.slice(0, -1);
  return end;
}

function targetOf(address: string): string {
  if (/^https?:/i.test(address)) return address;
  return address.startsWith('www.') ? `https://${address}` : `mailto:${address}`;
}

interface Writer {
  doc: Document;
  links: number;
}

function addText(w: Writer, to: Node, text: string): void {
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    if (w.links++ >= LINKS_MAX) break;
    const shown = withoutTail(match[0]);
    const link = w.doc.createElement('a');
    link.href = targetOf(shown);
    link.textContent = shown;
    to.appendChild(w.doc.createTextNode(text.slice(at, match.index)));
    to.appendChild(link);
    at = match.index + shown.length;
  }
  to.appendChild(w.doc.createTextNode(text.slice(at)));
}

/** ">> text": how deep, and what is quoted. */
function quoted(line: string): [number, string] {
  const marks = /^(?:> ?)*/.exec(line)?.[0] ?? '';
  const depth = marks.replace(/ /g, '').length;
  return depth > QUOTE_DEPTH_MAX ? [QUOTE_DEPTH_MAX, line] : [depth, line.slice(marks.length)];
}

/** The text as a fragment of a document that shows nothing. */
export function textNodes(text: string): DocumentFragment {
  const doc = document.implementation.createHTMLDocument('');
  const w: Writer = { doc, links: 0 };
  const body = doc.createDocumentFragment();
  const open: Node[] = [body];
  let lines: string[] = [];
  const flush = () => {
    if (!lines.length) return;
    const block = doc.createElement('pre');
    addText(w, block, lines.join('\n'));
    open.at(-1)?.appendChild(block);
    lines = [];
  };
  for (const line of text.slice(0, TEXT_CHARS_MAX).split(/\r?\n/)) {
    const [depth, rest] = quoted(line);
    if (depth !== open.length - 1) flush();
    while (open.length - 1 > depth) open.pop();
    while (open.length - 1 < depth) {
      const quote = doc.createElement('blockquote');
      open.at(-1)?.appendChild(quote);
      open.push(quote);
    }
    lines.push(rest);
  }
  flush();
  return body;
}
