/** Messages on paper: their texts, as cleaned as on the screen, each in a shadow of its own. */
import { cleanHtml, type Cleaned } from '../frame/clean';
import { cleanSheet, type Declaration, type Declarations } from '../frame/css';
import type { Content } from '../frame/frame';
import { prepareLinks } from '../frame/links';
import { paperSheet, type Paper } from '../frame/paper';
import type { PictureSource } from '../frame/pictures';
import { textNodes } from '../frame/text';

const WHITE: Paper = {
  dark: false,
  text: '#000',
  ground: '#fff',
  link: '#1d4f91',
  line: '#c5cad2',
  warn: '#7a4b00',
  font: 'sans-serif',
};

export const SHEET = `
  body { margin: 0; color: #000; background: #fff; font: 11pt/1.45 sans-serif; }
  h1 { font-size: 16pt; margin: 0 0 10pt; overflow-wrap: anywhere; }
  section { border-top: 1.5pt solid #444; padding: 8pt 0 14pt; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 1pt 10pt; margin: 0 0 10pt;
    font-size: 10pt; break-inside: avoid; break-after: avoid; }
  dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
  .files { border-top: 0.5pt solid #999; font-size: 10pt; margin-top: 10pt; padding-top: 6pt;
    break-inside: avoid; }
  .files ul { margin: 2pt 0 0; padding-left: 16pt; }
  .note { color: #555; font-size: 10pt; }
`;

const FLOW = 'body, img, table { max-width: 100%; } body { overflow: visible; font-size: 11pt; }';

export interface Sources {
  inside: PictureSource;
  /** Null: nobody has asked for pictures of other servers. */
  remote: PictureSource | null;
}

export interface Sheet {
  fields: [name: string, value: string][];
  content: Content;
  sources: Sources;
  files: { title: string; names: string[] };
  note: string;
}

/** Puts sheets into a document that runs nothing, and waits for their pictures. */
export class Press {
  private readonly stop = new AbortController();
  private readonly made: string[] = [];
  private readonly coming: Promise<unknown>[] = [];

  constructor(
    private readonly doc: Document,
    private readonly view: Window & typeof globalThis,
  ) {
    doc.adoptedStyleSheets = [this.sheetOf(SHEET)];
  }

  private sheetOf(text: string): CSSStyleSheet {
    const sheet = new this.view.CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  }

  private element(name: string, text = ''): HTMLElement {
    const made = this.doc.createElement(name);
    made.textContent = text;
    return made;
  }

  title(text: string): void {
    this.doc.title = text;
    this.doc.body.append(this.element('h1', text));
  }

  add({ fields, content, sources, files, note }: Sheet): void {
    const section = this.element('section');
    const head = this.element('dl');
    for (const [name, value] of fields)
      head.append(this.element('dt', name), this.element('dd', value));
    const place = this.element('div');
    section.append(head, place);
    this.text(place, content, sources);
    if (note) {
      const told = this.element('p', note);
      told.className = 'note';
      section.append(told);
    }
    if (files.names.length) section.append(this.files(files));
    this.doc.body.append(section);
  }

  private files({ title, names }: Sheet['files']): HTMLElement {
    const box = this.element('div');
    const list = this.element('ul');
    box.className = 'files';
    list.append(...names.map((name) => this.element('li', name)));
    box.append(this.element('strong', title), list);
    return box;
  }

  /** A message's own styles reach no further than its shadow. */
  private text(place: HTMLElement, content: Content, sources: Sources): void {
    const root = place.attachShadow({ mode: 'open' });
    const body = this.doc.createElement('body');
    const cleaned = content.kind === 'html' ? cleanHtml(content.value) : null;
    const plain = (d: Declaration): string => d.value;
    const texts = [paperSheet(WHITE), ...(cleaned?.sheets ?? []).map((s) => cleanSheet(s, plain))];
    root.adoptedStyleSheets = [...texts, FLOW].map((text) => this.sheetOf(text));
    body.append(this.doc.adoptNode(cleaned?.body ?? textNodes(content.value)));
    if (cleaned) this.applyStyles(body, cleaned, sources);
    prepareLinks(body, '');
    this.pictures(body, sources);
    root.append(body);
  }

  private applyStyles(body: HTMLElement, cleaned: Cleaned, sources: Sources): void {
    this.dress(body, cleaned.ground, sources);
    for (const element of Array.from(body.querySelectorAll<HTMLElement>('[data-s]'))) {
      const found = cleaned.styles[Number(element.getAttribute('data-s'))];
      if (found) this.dress(element, found, sources);
      element.removeAttribute('data-s');
    }
  }

  private dress(element: HTMLElement, { list, picture }: Declarations, { remote }: Sources): void {
    for (const d of list)
      element.style.setProperty(d.name, d.value, d.important ? 'important' : '');
    if (picture && remote)
      this.load(remote, picture, (address) => {
        element.style.setProperty('background-image', `url("${address}")`);
      });
  }

  private pictures(body: HTMLElement, { inside, remote }: Sources): void {
    for (const image of Array.from(body.querySelectorAll<HTMLImageElement>('img'))) {
      const [cid, far] = [image.getAttribute('data-cid'), image.getAttribute('data-remote')];
      const show = (address: string): Promise<void> => {
        image.setAttribute('src', address);
        return image.decode().catch(() => undefined);
      };
      if (cid) this.load(inside, cid, show);
      else if (far && remote) this.load(remote, far, show);
      image.removeAttribute('data-cid');
      image.removeAttribute('data-remote');
    }
  }

  private load(source: PictureSource, name: string, show: (address: string) => unknown): void {
    const job = async (): Promise<void> => {
      const blob = await source(name, this.stop.signal).catch(() => null);
      if (!blob || this.stop.signal.aborted) return;
      const address = URL.createObjectURL(blob);
      this.made.push(address);
      await show(address);
    };
    this.coming.push(job());
  }

  /** Once all pictures are there, or after that time. */
  async ready(patienceMs: number): Promise<void> {
    const late = new Promise((done) => setTimeout(done, patienceMs));
    await Promise.race([Promise.allSettled(this.coming), late]);
  }

  close(): void {
    this.stop.abort();
    for (const address of this.made) URL.revokeObjectURL(address);
  }
}
