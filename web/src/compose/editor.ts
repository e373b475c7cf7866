/** Rich text: squire-rte with our own rules of what may be in it. */
import DOMPurify from 'dompurify';
import Squire from 'squire-rte';
import { WITHOUT_ADDRESS } from '../mail/frame/attributes';
import { quietly } from '../mail/frame/quiet';
import { putInstead } from './marked';

/** No styles and no classes: what is written here looks everywhere as its reader likes it. */
const CONFIG = {
  ALLOWED_TAGS: `a b blockquote br code del div em h1 h2 h3 hr i img ins li ol p pre s span strike
    strong sub sup table tbody td tfoot th thead tr u ul`.split(/\s+/),
  ALLOWED_ATTR: [
    'href',
    'src',
    'alt',
    'colspan',
    'rowspan',
    'width',
    'height',
    'type',
    'start',
    'dir',
    'data-cid',
    'data-signature',
  ],
  ADD_URI_SAFE_ATTR: WITHOUT_ADDRESS,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel|blob|cid):/i,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
} as const;

/** Pictures of the text: content id to an address of this page, and back. */
export class Inline {
  private readonly addresses = new Map<string, string>();

  add(cid: string, blob: Blob): string {
    const address = URL.createObjectURL(blob);
    this.addresses.set(cid, address);
    return address;
  }

  address(cid: string): string | undefined {
    return this.addresses.get(cid);
  }

  close(): void {
    for (const address of this.addresses.values()) URL.revokeObjectURL(address);
  }
}

function cleaned(html: string, inline: Inline): DocumentFragment {
  // null: not even a body was left of it, whatever its type says
  const left = DOMPurify.sanitize(quietly(html), {
    ...CONFIG,
    ALLOWED_TAGS: [...CONFIG.ALLOWED_TAGS],
    ALLOWED_ATTR: [...CONFIG.ALLOWED_ATTR],
  }) as DocumentFragment | null;
  const fragment = left ?? document.createDocumentFragment();
  for (const image of Array.from(fragment.querySelectorAll('img'))) {
    const cid =
      image.getAttribute('data-cid') ?? /^cid:(.*)$/i.exec(image.getAttribute('src') ?? '')?.[1];
    const address = cid ? inline.address(cid) : undefined;
    if (!cid || !address) {
      image.replaceWith(image.alt); // of another server: nobody asked for it
      continue;
    }
    image.setAttribute('data-cid', cid);
    image.setAttribute('src', address);
  }
  return document.importNode(fragment, true);
}

export type Command =
  | 'bold'
  | 'italic'
  | 'underline'
  | 'strike'
  | 'bullets'
  | 'numbers'
  | 'quote'
  | 'code'
  | 'plain';

const HELD: Partial<Record<Command, string>> = {
  bold: 'B',
  italic: 'I',
  underline: 'U',
  strike: 'S',
  bullets: 'UL',
  numbers: 'OL',
  quote: 'BLOCKQUOTE',
  code: 'CODE',
};

export interface Watchers {
  input: () => void;
  /** The cursor moved: what is under it. */
  path: (held: Set<Command>) => void;
  /** Files were pasted or dropped. */
  files: (files: File[]) => void;
}

/** With what stands right before and right behind. */
function widened(range: Range): Range {
  const wide = range.cloneRange();
  const { startContainer: a, startOffset: i, endContainer: b, endOffset: j } = range;
  const before = a instanceof Text ? (i ? null : a.previousSibling) : a.childNodes[i - 1];
  const after = b instanceof Text ? (j < b.length ? null : b.nextSibling) : b.childNodes[j];
  if (before) wide.setStartBefore(before);
  if (after) wide.setEndAfter(after);
  return wide;
}

export class Editor {
  private readonly squire: Squire;

  constructor(
    private readonly root: HTMLElement,
    private readonly inline: Inline,
    watchers: Watchers,
  ) {
    this.squire = new Squire(root, {
      blockTag: 'DIV',
      sanitizeToDOMFragment: (html: string) => cleaned(html, inline),
    });
    this.squire.addEventListener('input', watchers.input);
    this.squire.addEventListener('pathChange', () => watchers.path(this.held()));
    this.squire.addEventListener('pasteImage', (event: Event) => {
      const { clipboardData } = (event as CustomEvent<{ clipboardData: DataTransfer }>).detail;
      watchers.files(Array.from(clipboardData.files));
    });
    this.squire.setKeyHandler('Tab', () => undefined); // the way on by keyboard
    this.squire.setKeyHandler('Shift-Tab', () => undefined);
  }

  private held(): Set<Command> {
    const found = Object.entries(HELD).filter(([, tag]) => this.squire.hasFormat(tag));
    return new Set(found.map(([name]) => name as Command));
  }

  run(command: Command): void {
    const e = this.squire;
    const on = this.held().has(command);
    const acts: Record<Command, () => unknown> = {
      bold: () => (on ? e.removeBold() : e.bold()),
      italic: () => (on ? e.removeItalic() : e.italic()),
      underline: () => (on ? e.removeUnderline() : e.underline()),
      strike: () => (on ? e.removeStrikethrough() : e.strikethrough()),
      bullets: () => (on ? e.removeList() : e.makeUnorderedList()),
      numbers: () => (on ? e.removeList() : e.makeOrderedList()),
      quote: () => (on ? e.decreaseQuoteLevel() : e.increaseQuoteLevel()),
      code: () => e.toggleCode(),
      plain: () => e.removeAllFormatting(),
    };
    acts[command]();
    e.focus();
  }

  link(href: string): void {
    if (href) this.squire.makeLink(href);
    else this.squire.removeLink();
    this.squire.focus();
  }

  get selected(): string {
    return this.squire.getSelectedText();
  }

  picture(address: string, cid: string): HTMLImageElement {
    return this.squire.insertImage(address, { 'data-cid': cid, alt: '' });
  }

  /** Of a picture of the text; width in pixels, 0: as wide as it is. */
  describe(picture: HTMLImageElement, alt: string, width: number): void {
    this.squire.saveUndoState();
    picture.alt = alt;
    if (width) picture.setAttribute('width', String(width));
    else picture.removeAttribute('width');
    this.changed();
  }

  removePicture(picture: HTMLImageElement): void {
    this.squire.saveUndoState();
    picture.remove();
    this.changed();
  }

  private changed(): void {
    this.root.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }

  /** The picture that is there. Clicks go through pictures, since squire-rte would write styles. */
  pictureAt(x: number, y: number): HTMLImageElement | null {
    const found = Array.from(this.root.querySelectorAll('img')).find((image) => {
      const { left, right, top, bottom } = image.getBoundingClientRect();
      return x >= left && x <= right && y >= top && y <= bottom;
    });
    return found ?? null;
  }

  /** The picture that is selected, or beside the cursor. */
  get pictureAtCursor(): HTMLImageElement | null {
    const range = widened(this.squire.getSelection());
    const pictures = Array.from(this.root.querySelectorAll('img'));
    return pictures.find((image) => range.intersectsNode(image)) ?? null;
  }

  /** Where a file is dropped is where it comes. */
  cursorAt(x: number, y: number): void {
    const range = document.caretRangeFromPoint(x, y);
    if (range && this.root.contains(range.startContainer)) this.squire.setSelection(range);
  }

  insert(html: string): void {
    this.squire.insertHTML(html);
  }

  set html(html: string) {
    this.squire.setHTML(html);
    this.squire.moveCursorToStart();
  }

  /** With pictures as other programs know them. */
  get html(): string {
    const holder = new DOMParser().parseFromString(this.squire.getHTML(), 'text/html');
    for (const image of Array.from(holder.querySelectorAll('img[data-cid]'))) {
      image.setAttribute('src', `cid:${image.getAttribute('data-cid')}`);
      image.removeAttribute('data-cid');
    }
    return holder.body.innerHTML;
  }

  get text(): string {
    return this.root.innerText
      .replace(/\u00a0/g, ' ')
      .replace(/\u200b/g, '')
      .replace(/\n+$/, '\n');
  }

  /** Another signature in the place of the one there is; at the end, if there was none. */
  sign(before: string, after: string): void {
    const old = this.root.querySelector('[data-signature]');
    if (!old && before) return; // the writer has taken it away
    const made = cleaned(after, this.inline);
    this.squire.saveUndoState();
    this.squire.modifyDocument(() => {
      if (old) putInstead(old, before, made.querySelector('[data-signature]'));
      else this.root.append(made);
    });
  }

  focus(): void {
    this.squire.focus();
  }

  close(): void {
    this.squire.destroy();
  }
}
