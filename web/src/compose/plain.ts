/** Plain text as the lines of a rich one. */
export function plainAsHtml(text: string): string {
  const lines = text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`).split('\n');
  return lines.map((line) => `<div>${line || '<br>'}</div>`).join('');
}
