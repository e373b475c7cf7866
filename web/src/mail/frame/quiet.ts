/**
 * The page's policy forbids inline styles and handlers, also in documents that only exist to be
 * cleaned: browsers then complain of each. So these attributes get other names before the parser
 * sees them. This is for quiet alone: what a pattern does not find is cleaned all the same.
 */
const TAG = /<[a-z][^<>]*>/gi;

/** Where the text of a style attribute is then. */
export const STYLE_ATTRIBUTE = 'data-css';

export function quietly(html: string): string {
  return html.replace(TAG, (tag) =>
    tag
      .replace(/(["'\s/])style(\s*=)/gi, `$1${STYLE_ATTRIBUTE}$2`)
      .replace(/(["'\s/])on([a-z]+\s*=)/gi, '$1data-on$2'),
  );
}

/** The way back, for cleaned HTML that is sent. */
export function loudly(html: string): string {
  return html.replace(TAG, (tag) => tag.replaceAll(` ${STYLE_ATTRIBUTE}=`, ' style='));
}
