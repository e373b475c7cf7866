/**
 * Attributes that hold no address. DOMPurify wants an address in each attribute that it is not told
 * of, once the addresses are ours to choose (ALLOWED_URI_REGEXP), and takes the others away: tables
 * lose their columns, and styles are gone.
 */
export const WITHOUT_ADDRESS =
  `abbr align alt bgcolor border cellpadding cellspacing class clear color cols colspan compact
  data-cid data-css dir face headers height hspace id lang noshade nowrap rowspan rules scope size
  span start style summary title type valign value vspace width`.split(/\s+/);

/** Those with one. */
export const WITH_ADDRESS = ['href', 'src', 'background'];
