/**
 * From the HTML of a message to nodes that may be shown. Nothing of it is ever written as text and
 * read again: DOMPurify works on nodes, and its nodes go into the frame. So it does not matter what
 * a parser would make of them.
 */
import DOMPurify, { type Config } from 'dompurify';
import { WITH_ADDRESS, WITHOUT_ADDRESS } from './attributes';
import { quietly, STYLE_ATTRIBUTE } from './quiet';
import { cleanAttribute, type Declaration, type Declarations } from './css';

export const HTML_CHARS_MAX = 2 * 1024 * 1024;
export const ELEMENTS_MAX = 50_000;

export interface Cleaned {
  body: DocumentFragment;
  /** Style sheets as they came: cleanSheet is still to be asked. */
  sheets: string[];
  /** Of the body element. */
  ground: Declarations;
  /** Of the elements with data-s: the number is the place in this list. */
  styles: Declarations[];
  /** Pictures of other servers: how many, and whether there is anything to load. */
  remote: number;
  truncated: boolean;
}

const TAGS =
  `a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code
  col colgroup dd del dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr
  i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small span strike strong sub
  summary sup table tbody td tfoot th thead time tr tt u ul var wbr`.split(/\s+/);

const CONFIG = {
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: [...WITH_ADDRESS, ...WITHOUT_ADDRESS.filter((name) => name !== 'data-cid')],
  ALLOWED_NAMESPACES: ['http://www.w3.org/1999/xhtml'],
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  ALLOW_UNKNOWN_PROTOCOLS: false,
  ADD_URI_SAFE_ATTR: WITHOUT_ADDRESS,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel|cid|data):|^\/\/|^#/i,
  FORBID_CONTENTS: [
    'script',
    'style',
    'svg',
    'math',
    'template',
    'noscript',
    'title',
    'textarea',
    'iframe',
    'object',
    'audio',
    'video',
    'noembed',
    'noframes',
    'xmp',
    'plaintext',
    'select',
  ],
  KEEP_CONTENT: true,
  SANITIZE_DOM: true,
  RETURN_DOM_FRAGMENT: true,
} as const satisfies Config;

const PICTURE_DATA = /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp|x-icon)[;,]/i;
const LINK = /^(?:https?|mailto|tel):/i;
const REMOTE = /^(?:https?:)?\/\//i;

/** Where a picture is, behind what its attribute says. */
export function pictureAddress(src: string): string {
  const plain = src.replace(/[\t\r\n]/g, '').trim();
  return plain.startsWith('//') ? `https:${plain}` : plain;
}

function takeSheets(doc: Document): string[] {
  const sheets: string[] = [];
  for (const style of Array.from(doc.querySelectorAll('style'))) {
    if (style instanceof HTMLStyleElement && !style.closest('svg, math'))
      sheets.push(style.textContent ?? '');
    style.remove();
  }
  return sheets;
}

/** Attributes that mean what a style would say. */
function attributeStyle(element: Element): string {
  const colour = (name: string) => element.getAttribute(name)?.replace(/[^#\w().,% -]/g, '') ?? '';
  let text = '';
  if (element.hasAttribute('bgcolor')) text += `background-color:${colour('bgcolor')};`;
  if (element.localName === 'font' && element.hasAttribute('color'))
    text += `color:${colour('color')};`;
  if (element.localName === 'body' && element.hasAttribute('text'))
    text += `color:${colour('text')};`;
  return text;
}

function declarationsOf(element: Element, inert: Document): Declarations {
  const text =
    attributeStyle(element) +
    (element.getAttribute(STYLE_ATTRIBUTE) ?? element.getAttribute('style') ?? '');
  const found: Declarations = text ? cleanAttribute(text, inert) : { list: [], picture: null };
  const background = pictureAddress(element.getAttribute('background') ?? '');
  if (REMOTE.test(background)) found.picture = background;
  return found;
}

/** A picture that nobody is meant to see tells its sender that the message was read. */
function isBeacon(image: Element, style: Declaration[]): boolean {
  const sizes = ['width', 'height'].map(
    (name) => style.find((d) => d.name === name)?.value ?? image.getAttribute(name) ?? '',
  );
  const hidden = style.some((d) => d.name === 'display' && d.value === 'none');
  return hidden || sizes.some((size) => /^[01](?:px)?$/.test(size.trim()));
}

/** The address moves to an attribute that no browser loads. Returns how many are remote. */
function takePicture(image: Element, style: Declaration[]): number {
  const src = pictureAddress(image.getAttribute('src') ?? '');
  image.removeAttribute('src');
  if (/^cid:/i.test(src)) image.setAttribute('data-cid', src.slice('cid:'.length));
  else if (PICTURE_DATA.test(src)) image.setAttribute('src', src);
  else if (REMOTE.test(src) && !isBeacon(image, style)) {
    image.setAttribute('data-remote', src);
    return 1;
  }
  return 0;
}

function finish(element: Element, out: Cleaned, inert: Document): void {
  const found = declarationsOf(element, inert);
  if (element.localName === 'img') out.remote += takePicture(element, found.list);
  else if (found.picture) out.remote++;
  if (found.list.length || found.picture) {
    element.setAttribute('data-s', String(out.styles.length));
    out.styles.push(found);
  }
  for (const name of ['style', STYLE_ATTRIBUTE, 'bgcolor', 'background'])
    element.removeAttribute(name);
  if (element.localName !== 'a') element.removeAttribute('href');
  else if (!LINK.test((element.getAttribute('href') ?? '').trim())) element.removeAttribute('href');
}

/** Cleans the HTML of a message. */
export function cleanHtml(html: string): Cleaned {
  const inert = new DOMParser().parseFromString(
    quietly(html.slice(0, HTML_CHARS_MAX)),
    'text/html',
  );
  const out: Cleaned = {
    body: inert.createDocumentFragment(),
    sheets: takeSheets(inert),
    ground: declarationsOf(inert.body, inert),
    styles: [],
    remote: 0,
    truncated: html.length > HTML_CHARS_MAX,
  };
  if (out.ground.picture) out.remote++;
  const holder = inert.createElement('div');
  holder.append(...Array.from(inert.body.childNodes));
  const clean = DOMPurify.sanitize(holder, CONFIG);
  out.body.append(...Array.from(clean.firstElementChild?.childNodes ?? []));
  const elements = Array.from(out.body.querySelectorAll('*'));
  for (const element of elements.slice(ELEMENTS_MAX)) element.remove();
  out.truncated ||= elements.length > ELEMENTS_MAX;
  for (const element of elements.slice(0, ELEMENTS_MAX)) finish(element, out, inert);
  return out;
}
