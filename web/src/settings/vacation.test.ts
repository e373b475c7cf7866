import { describe, expect, it } from 'vitest';
import { formOf, patchOf, stateOf, toLocal, toUtc, type AwayForm } from './vacation';

const form: AwayForm = { isEnabled: true, from: '', to: '', subject: '', text: 'Away.' };
const now = new Date('2026-07-01T12:00:00');

describe('out of office', () => {
  it('shows moments in local time, and sends them in UTC', () => {
    expect(toLocal(toUtc('2026-03-29T09:30'))).toBe('2026-03-29T09:30');
    expect(toUtc('')).toBeNull();
    expect(toLocal(null)).toBe('');
    expect(toUtc('2026-07-01T00:00')).toMatch(/^2026-0[67]-\d\dT\d\d:\d\d:00Z$/);
  });

  it('says whether it answers now', () => {
    expect(stateOf(form, now)).toBe('on');
    expect(stateOf({ ...form, isEnabled: false }, now)).toBe('off');
    expect(stateOf({ ...form, from: '2026-07-02T00:00' }, now)).toBe('later');
    expect(stateOf({ ...form, to: '2026-07-01T12:00' }, now)).toBe('over');
    expect(stateOf({ ...form, from: '2026-07-02T00:00', to: '2026-07-02T00:00' }, now)).toBe(
      'backwards',
    );
  });

  it('leaves out what is empty', () => {
    const patch = patchOf({ ...form, subject: ' ' });
    expect(patch).toEqual({
      isEnabled: true,
      fromDate: null,
      toDate: null,
      subject: null,
      textBody: 'Away.',
      htmlBody: null,
    });
    expect(formOf({ id: 'singleton', ...patch } as Parameters<typeof formOf>[0])).toEqual(form);
  });
});
