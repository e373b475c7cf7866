/**
 * A message in a frame that can do nothing.
 *
 * The sandbox allows neither scripts nor forms nor leaving; its policy allows no address but those
 * of pictures that this page has made (blob:) and data:, so nothing is fetched, whatever stays in a
 * message. It has the page's origin because nodes are moved into it and its height is measured;
 * since no script can run in it, that gives the message nothing. Styles come in as objects, never
 * as text in the document: the policy allows no inline style either.
 */
import { cleanHtml, type Cleaned } from './clean';
import { colourText, darkened, parseColour, type Use } from './colours';
import { cleanSheet, type Declaration, type Declarations } from './css';
import { markHits } from './hits';
import { prepareLinks } from './links';
import { paperSheet, type Paper } from './paper';
import { Pictures, type PictureSource } from './pictures';
import { foldQuotes } from './quotes';
import { textNodes } from './text';

export const HEIGHT_MAX = 30_000;

export interface Content {
  kind: 'html' | 'text';
  value: string;
}

export interface Words {
  deceiving: string;
  quoted: string;
}

export interface Options {
  paper: Paper;
  words: Words;
  /** As its sender meant it, also in the dark. */
  asSent: boolean;
  /** Pictures that the message brought along, by content id. */
  inside: PictureSource;
  /** Pictures of other servers; null: nobody has asked for them. */
  remote: PictureSource | null;
  /** A link was chosen; true: it is seen to, and not opened. */
  follow?: (href: string, deceiving: boolean, text: string) => boolean;
  /** What was looked for: marked. */
  hits?: string[];
  /** A key that the message has no use for. */
  key?: (event: KeyboardEvent) => void;
}

export interface Shown {
  /** Pictures of other servers that the message has. */
  remote: number;
  truncated: boolean;
  close: () => void;
}

function useOf(name: string): Use | null {
  if (name === 'color' || name === 'text-decoration-color') return 'text';
  if (name === 'background-color') return 'ground';
  return name.endsWith('-color') ? 'line' : null;
}

/** Colours as browsers write them; names too. */
function colourOf(value: string): ReturnType<typeof parseColour> {
  const found = parseColour(value);
  if (found || !/^[a-z]+$/i.test(value)) return found;
  const pen = document.createElement('canvas').getContext('2d');
  if (!pen || ['inherit', 'initial', 'unset', 'currentcolor', 'transparent'].includes(value))
    return null;
  pen.fillStyle = value;
  return parseColour(pen.fillStyle);
}

function recolour(d: Declaration): string {
  const use = useOf(d.name);
  const colour = use ? colourOf(d.value) : null;
  return use && colour ? colourText(darkened(colour, use)) : d.value;
}

class Mount {
  private readonly pictures = new Pictures();
  private readonly doc: Document;
  private readonly view: Window & typeof globalThis;
  private observer: ResizeObserver | null = null;

  constructor(
    private readonly frame: HTMLIFrameElement,
    private readonly options: Options,
  ) {
    const { contentDocument: doc, contentWindow: view } = frame;
    if (!doc || !view) throw new Error('the frame has no document');
    this.doc = doc;
    this.view = view as Window & typeof globalThis;
  }

  show(content: Content): Shown {
    const body = this.doc.body;
    const cleaned = content.kind === 'html' ? cleanHtml(content.value) : null;
    this.useSheets(cleaned);
    body.replaceChildren(this.doc.adoptNode(cleaned?.body ?? textNodes(content.value)));
    if (cleaned) this.applyStyles(body, cleaned);
    prepareLinks(body, this.options.words.deceiving);
    foldQuotes(body, this.options.words.quoted);
    markHits(body, this.options.hits ?? []);
    this.loadPictures(body);
    this.listen();
    this.measure();
    return {
      remote: cleaned?.remote ?? 0,
      truncated: cleaned?.truncated ?? false,
      close: () => this.close(),
    };
  }

  private get turns(): boolean {
    return this.options.paper.dark && !this.options.asSent;
  }

  private useSheets(cleaned: Cleaned | null): void {
    const colour = this.turns ? recolour : (d: Declaration) => d.value;
    const light = {
      ...this.options.paper,
      dark: false,
      text: '#1b2027',
      ground: '#fff',
      link: '#1d5fc4',
      line: '#d5dae1',
      warn: '#7a4b00',
    };
    const paper = this.options.asSent && this.options.paper.dark ? light : this.options.paper;
    const texts = [paperSheet(paper), ...(cleaned?.sheets ?? []).map((s) => cleanSheet(s, colour))];
    this.doc.adoptedStyleSheets = texts.map((text) => {
      const sheet = new this.view.CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
  }

  private applyStyles(body: HTMLElement, cleaned: Cleaned): void {
    this.dress(body, cleaned.ground);
    for (const element of Array.from(body.querySelectorAll<HTMLElement>('[data-s]'))) {
      const found = cleaned.styles[Number(element.getAttribute('data-s'))];
      if (found) this.dress(element, found);
      element.removeAttribute('data-s');
    }
    for (const font of Array.from(body.querySelectorAll<HTMLElement>('font[color]')))
      font.removeAttribute('color');
  }

  private dress(element: HTMLElement, { list, picture }: Declarations): void {
    for (const d of list) {
      const value = this.turns ? recolour(d) : d.value;
      element.style.setProperty(d.name, value, d.important ? 'important' : '');
    }
    const { remote } = this.options;
    if (picture && remote)
      this.pictures.load(remote, picture, (address) => {
        element.style.setProperty('background-image', `url("${address}")`);
      });
  }

  private loadPictures(body: HTMLElement): void {
    const { inside, remote } = this.options;
    for (const image of Array.from(body.querySelectorAll<HTMLImageElement>('img'))) {
      const [cid, far] = [image.getAttribute('data-cid'), image.getAttribute('data-remote')];
      const show = (address: string) => image.setAttribute('src', address);
      if (cid) this.pictures.load(inside, cid, show);
      else if (far && remote) this.pictures.load(remote, far, show);
      image.removeAttribute('data-cid');
      image.removeAttribute('data-remote');
    }
  }

  private listen(): void {
    const chosen = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest?.('a[href]');
      const href = link?.getAttribute('href');
      if (!link || !href || event.button > 1) return;
      const deceiving = link.classList.contains('postroad-deceiving');
      const text = link.textContent?.trim() ?? '';
      if (this.options.follow?.(href, deceiving, text)) event.preventDefault();
    };
    this.doc.addEventListener('click', chosen);
    this.doc.addEventListener('auxclick', chosen);
    this.doc.addEventListener('keydown', (event) => this.options.key?.(event));
    this.doc.addEventListener('toggle', () => this.fit(), true);
    this.doc.addEventListener('load', () => this.fit(), true);
  }

  /** The frame is as high as what is in it, within reason. */
  private measure(): void {
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.frame);
    this.observer.observe(this.doc.body);
    this.fit();
  }

  private fit(): void {
    const height = Math.ceil(this.doc.body.scrollHeight);
    const high = height > HEIGHT_MAX;
    this.frame.style.height = `${Math.min(height, HEIGHT_MAX)}px`;
    this.doc.documentElement.style.setProperty('overflow-y', high ? 'auto' : 'hidden');
  }

  private close(): void {
    this.observer?.disconnect();
    this.pictures.close();
  }
}

/** Shows a message in a frame of takeFrame (spare.ts). */
export function showIn(frame: HTMLIFrameElement, content: Content, options: Options): Shown {
  return new Mount(frame, options).show(content);
}
