/** When "later" is. */
const MORNING = 8;

export function tomorrow(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING);
}

export function monday(now: Date): Date {
  const days = (8 - now.getDay()) % 7 || 7;
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}

/** As a field of type datetime-local wants it, in the person's own time. */
export function localText(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A moment that lies ahead and may be asked for; else null. */
export function laterThan(now: Date, text: string, holdMax: number): Date | null {
  const at = new Date(text);
  const ahead = at.getTime() - now.getTime();
  return ahead > 0 && ahead <= holdMax * 1000 ? at : null;
}
