/** Links of mail: where they truly lead, and whether they say so. */
import { looksLikeAnother } from './idn';

/** What a text that looks like an address names as its host; "" when it does not. */
export function hostInText(text: string): string {
  const shown = text.trim().replace(/^[<("'\u2066-\u2069\u202a-\u202e\u200b-\u200f]+/, '');
  const match = /^(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?=[^\p{L}\p{N}@-]|$)/iu.exec(
    shown,
  );
  if (!match?.[1]) return '';
  try {
    return new URL(`http://${match[1]}`).hostname;
  } catch {
    return '';
  }
}

export function hostOf(href: string): string {
  try {
    return new URL(href).hostname;
  } catch {
    return '';
  }
}

function site(host: string): string {
  return host.replace(/^www\./, '');
}

/** Why a link is not what it seems: its text names another host, or its address hides one. */
export function isDeceiving(text: string, href: string): boolean {
  const target = hostOf(href);
  const shown = hostInText(text);
  if (!/^https?:/i.test(href)) return false;
  if (!target || /^https?:\/\/[^/?#]*@/i.test(href)) return true;
  if (/[\u202a-\u202e\u2066-\u2069]/.test(text)) return true;
  if (looksLikeAnother(target)) return true;
  if (!shown) return false;
  const [a, b] = [site(shown), site(target)];
  return a !== b && !b.endsWith(`.${a}`);
}

/** Every link opens in a window of its own that knows nothing of ours. */
export function prepareLinks(root: ParentNode, warning: string): void {
  for (const link of Array.from(root.querySelectorAll('a[href]'))) {
    const href = link.getAttribute('href')?.trim() ?? '';
    const target = /^https?:/i.test(href) ? safeUrl(href) : href;
    link.setAttribute('href', target);
    link.setAttribute('target', '_blank');
    link.setAttribute('rel', 'noopener noreferrer nofollow');
    const deceives = isDeceiving(link.textContent ?? '', target);
    link.setAttribute('title', deceives ? `${warning} ${target}` : target);
    if (deceives) link.classList.add('postroad-deceiving');
  }
}

/** With the host as it truly is (xn--...), so that letters that look alike are seen. */
function safeUrl(href: string): string {
  try {
    return new URL(href).href;
  } catch {
    return href;
  }
}
