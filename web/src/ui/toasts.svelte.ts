/** A short word at the edge of the page, perhaps with something to do about it. */
export interface Toast {
  id: number;
  text: string;
  kind: 'info' | 'error';
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 8000;
const TOASTS_MAX = 3;
let count = 0;

export const toasts = $state<Toast[]>([]);

export function dismiss(id: number): void {
  const i = toasts.findIndex((t) => t.id === id);
  if (i >= 0) toasts.splice(i, 1);
}

export function toast(
  text: string,
  kind: Toast['kind'] = 'info',
  action?: Toast['action'],
): number {
  const id = ++count;
  toasts.push(action ? { id, text, kind, action } : { id, text, kind });
  while (toasts.length > TOASTS_MAX) toasts.shift();
  setTimeout(() => dismiss(id), SHOWN_MS);
  return id;
}
