/** What a message is shown in, before anything of it is there. */

/** No scripts, no forms, no leaving. */
export const SANDBOX = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox';

const POLICY =
  "default-src 'none'; img-src blob: data:; base-uri 'none'; form-action 'none'; frame-src 'none'";

/** What the frame begins with: nothing of the message is in it. */
export const SKELETON =
  '<!doctype html><html><head><meta charset="utf-8">' +
  `<meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
  '<meta name="referrer" content="no-referrer">' +
  '<meta http-equiv="x-dns-prefetch-control" content="off">' +
  '</head><body></body></html>';
