import type { VacationResponse } from '../jmap/types';
import { fromLocalText, localText } from '../ui/zone.svelte';

/** What a form has, in the person's own time: the value of an input of type datetime-local. */
export interface AwayForm {
  isEnabled: boolean;
  from: string;
  to: string;
  subject: string;
  text: string;
}

/** "2026-11-22T10:00:00Z" as that moment is called here: "2026-11-22T11:00". */
export function toLocal(date: string | null): string {
  if (!date) return '';
  return localText(new Date(date));
}

export function toUtc(local: string): string | null {
  return (
    fromLocalText(local)
      ?.toISOString()
      .replace(/\.\d+Z$/, 'Z') ?? null
  );
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
  if (form.to && (fromLocalText(form.to) ?? now) <= now) return 'over';
  return form.from && (fromLocalText(form.from) ?? now) > now ? 'later' : 'on';
}
