/** Quoted text is folded: what is new is what one came to read. */
const QUOTES = [
  'blockquote[type=cite]',
  '.gmail_quote',
  '.yahoo_quoted',
  '.moz-cite-prefix ~ blockquote',
  '.protonmail_quote',
  '#divRplyFwdMsg ~ *',
  '#appendonsend ~ *',
  'body > blockquote',
].join(', ');
const FOLDS_MAX = 50;

/** Text that comes after a quotation is an answer to it: then it is not folded. */
function isLast(node: Node, root: Node): boolean {
  for (let at: Node | null = node; at && at !== root; at = at.parentNode)
    for (let next = at.nextSibling; next; next = next.nextSibling)
      if ((next.textContent ?? '').trim()) return false;
  return true;
}

function outermost(root: Element): Element[] {
  const all = Array.from(root.querySelectorAll(QUOTES));
  return all.filter((quote) => !quote.parentElement?.closest(QUOTES)).slice(0, FOLDS_MAX);
}

/** Wraps quotations at the end of root into details. label: what opens them. */
export function foldQuotes(root: HTMLElement, label: string): void {
  if (!(root.textContent ?? '').trim()) return;
  for (const quote of outermost(root)) {
    if (quote.closest('details') || !isLast(quote, root) || !hasTextBefore(quote, root)) continue;
    const details = root.ownerDocument.createElement('details');
    const summary = root.ownerDocument.createElement('summary');
    summary.textContent = '•••';
    summary.title = label;
    summary.setAttribute('aria-label', label);
    details.className = 'postroad-quote';
    quote.replaceWith(details);
    details.append(summary, quote);
  }
}

function hasTextBefore(quote: Element, root: Element): boolean {
  const range = root.ownerDocument.createRange();
  range.setStart(root, 0);
  range.setEndBefore(quote);
  return range.toString().trim() !== '';
}
