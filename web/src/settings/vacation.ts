import type { VacationResponse } from '../jmap/types';

/** What a form has, in the person's own time: the value of an input of type datetime-local. */
export interface AwayForm {
  isEnabled: boolean;
  from: string;
  to: string;
  subject: string;
  text: string;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** "2026-11-22T10:00:00Z" as that moment is called here: "2026-11-22T11:00". */
export function toLocal(date: string | null): string {
  if (!date) return '';
  const d = new Date(date);
  const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  return `${day}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

export function toUtc(local: string): string | null {
  return local ? new Date(local).toISOString().replace(/\.\d+Z$/, 'Z') : null;
}

export function formOf(v: VacationResponse): AwayForm {
  return {
    isEnabled: v.isEnabled,
    from: toLocal(v.fromDate),
    to: toLocal(v.toDate),
    subject: v.subject ?? '',
    text: v.textBody ?? '',
  };
}

export function patchOf(form: AwayForm): Partial<VacationResponse> {
  return {
    isEnabled: form.isEnabled,
    fromDate: toUtc(form.from),
    toDate: toUtc(form.to),
    subject: form.subject.trim() || null,
    textBody: form.text.trim() ? form.text : null,
    htmlBody: null,
  };
}

export type AwayState = 'off' | 'on' | 'later' | 'over' | 'backwards';

/** What the form means now. */
export function stateOf(form: AwayForm, now: Date): AwayState {
  if (form.from && form.to && form.to <= form.from) return 'backwards';
  if (!form.isEnabled) return 'off';
  if (form.to && new Date(form.to) <= now) return 'over';
  return form.from && new Date(form.from) > now ? 'later' : 'on';
}
