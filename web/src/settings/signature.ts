/** A plain signature as HTML: both are kept, so that each form of a message has its own. */
export function signatureHtml(text: string): string {
  const escaped = text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
  return text.trim() ? `<div>${escaped.split('\n').join('<br>')}</div>` : '';
}

/** "Ann <ann@example.org>, bob@example.org" as addresses; null when something in it is none. */
export function addressesOf(text: string): { name: string | null; email: string }[] | null {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const found = parts.map((part) => {
    const m = /^(?:(.*?)\s*<([^\s<>@]+@[^\s<>@]+)>|([^\s<>@]+@[^\s<>@]+))$/.exec(part);
    const email = m?.[2] ?? m?.[3];
    return email ? { name: m?.[1]?.replace(/^"|"$/g, '') || null, email } : null;
  });
  return found.every((a) => a !== null) ? found : null;
}

export function addressesText(list: { name: string | null; email: string }[] | null): string {
  return (list ?? []).map((a) => (a.name ? `${a.name} <${a.email}>` : a.email)).join(', ');
}
