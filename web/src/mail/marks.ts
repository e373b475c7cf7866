export interface Piece {
  text: string;
  marked: boolean;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function plain(html: string): string {
  return html.replace(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}

/**
 * A snippet is text with its own & and < escaped, and hits in <mark> (RFC 8621 section 5). It is
 * taken apart as text; nothing in it is ever read as HTML.
 */
export function piecesOf(snippet: string): Piece[] {
  const found: Piece[] = [];
  for (const [i, part] of snippet.split(/<mark>/).entries()) {
    const [hit, rest] = i === 0 ? ['', part] : splitOnce(part);
    if (hit) found.push({ text: plain(hit), marked: true });
    if (rest) found.push({ text: plain(rest), marked: false });
  }
  return found;
}

function splitOnce(part: string): [string, string] {
  const end = part.indexOf('</mark>');
  return end < 0 ? [part, ''] : [part.slice(0, end), part.slice(end + '</mark>'.length)];
}
