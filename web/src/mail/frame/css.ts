/**
 * Style sheets of mail. The browser's own parser reads them (a sheet made by script loads nothing
 * and imports nothing); of what it understood, only properties on a list with values that name no
 * address are written again.
 */
export const STYLE_CHARS_MAX = 256 * 1024;
export const RULES_MAX = 5000;

export interface Declaration {
  name: string;
  value: string;
  important: boolean;
}

export interface Declarations {
  list: Declaration[];
  /** Address of a picture behind the element, to be shown when the reader asks. */
  picture: string | null;
}

const KEPT = new Set(
  `align-content align-items align-self background-color background-image background-position-x
  background-position-y background-repeat background-size border-collapse border-spacing
  border-bottom-color border-bottom-left-radius border-bottom-right-radius border-bottom-style
  border-bottom-width border-left-color border-left-style border-left-width border-right-color
  border-right-style border-right-width border-top-color border-top-left-radius
  border-top-right-radius border-top-style border-top-width box-sizing caption-side clear color
  column-count column-gap direction display empty-cells flex-basis flex-direction flex-grow
  flex-shrink flex-wrap float font-family font-size font-style font-variant-caps font-weight
  font-stretch height hyphens justify-content letter-spacing line-height list-style-position
  list-style-type margin-bottom margin-left margin-right margin-top max-height max-width min-height
  min-width object-fit opacity order overflow-wrap overflow-x overflow-y padding-bottom padding-left
  padding-right padding-top row-gap tab-size table-layout text-align text-decoration-color
  text-decoration-line text-decoration-style text-indent text-overflow text-transform unicode-bidi
  vertical-align visibility white-space white-space-collapse text-wrap-mode width word-break
  word-spacing`.split(/\s+/),
);

/** Functions that may stand in a value. What is not here might fetch, or read what is elsewhere. */
const FUNCTIONS = new Set(
  `rgb rgba hsl hsla hwb lab lch oklab oklch color calc min max clamp linear-gradient
  radial-gradient conic-gradient repeating-linear-gradient repeating-radial-gradient`.split(/\s+/),
);

const ADDRESS = /^url\("((?:https?:)?\/\/[^"\\]+)"\)$/i;
const VIEWPORT = /\d(?:[sld]?v(?:w|h|i|b|min|max)|cq(?:w|h|i|b|min|max))\b/i;
const LENGTH_MAX = 20000;

/** A value is kept when it holds no address, no escape and no function that is not known. */
export function isHarmless(value: string): boolean {
  if (value.length > 1000 || /[\\<>{}@;]|\/\*/.test(value) || VIEWPORT.test(value)) return false;
  for (const [, name] of value.matchAll(/([\w-]*)\(/g))
    if (name && !FUNCTIONS.has(name.toLowerCase())) return false;
  for (const [, number] of value.matchAll(/(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/gi))
    if (Math.abs(Number(number)) > LENGTH_MAX) return false;
  return true;
}

/** Only what gives an element its place on a page of text. */
function isKept(name: string, value: string): boolean {
  if (!KEPT.has(name) || !isHarmless(value)) return false;
  if (name === 'opacity' || name === 'font-size') return parseFloat(value) !== 0;
  if (name === 'direction' || name === 'unicode-bidi') return value !== 'bidi-override';
  return true;
}

/** What may stay of a declaration block. */
export function cleanDeclarations(style: CSSStyleDeclaration): Declarations {
  const out: Declarations = { list: [], picture: null };
  for (const name of Array.from(style)) {
    const value = style.getPropertyValue(name);
    const address = name === 'background-image' ? ADDRESS.exec(value)?.[1] : undefined;
    if (address) out.picture = address;
    else if (isKept(name, value))
      out.list.push({
        name,
        value,
        important: style.getPropertyPriority(name) !== '',
      });
  }
  return out;
}

/** A style attribute, read without a document that could load anything. */
export function cleanAttribute(text: string, inert: Document): Declarations {
  const scratch = inert.createElement('p');
  scratch.style.cssText = text.slice(0, STYLE_CHARS_MAX);
  return cleanDeclarations(scratch.style);
}

export type Recolour = (d: Declaration) => string;

function ruleText(rule: CSSStyleRule, recolour: Recolour): string {
  const { list } = cleanDeclarations(rule.style);
  if (!list.length || rule.selectorText.length > 2000) return '';
  const text = list.map((d) => `${d.name}:${recolour(d)}${d.important ? '!important' : ''}`);
  return `${rule.selectorText}{${text.join(';')}}`;
}

function rulesText(rules: CSSRuleList, recolour: Recolour, left: { rules: number }): string {
  let out = '';
  for (const rule of Array.from(rules)) {
    if (left.rules-- <= 0) break;
    if (rule instanceof CSSStyleRule) out += ruleText(rule, recolour);
    else if (rule instanceof CSSMediaRule && !/prefers-/i.test(rule.conditionText))
      out += `@media ${rule.conditionText}{${rulesText(rule.cssRules, recolour, left)}}`;
  }
  return out;
}

/** A whole style sheet, written anew. */
export function cleanSheet(text: string, recolour: Recolour): string {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text.slice(0, STYLE_CHARS_MAX));
  return rulesText(sheet.cssRules, recolour, { rules: RULES_MAX });
}
