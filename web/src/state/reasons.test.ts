import { expect, test, vi } from 'vitest';
import { useLanguage } from '../i18n/index.svelte';
import { HttpError, MethodError, OfflineError } from '../jmap/errors';
import { reasonOf, refusal } from './reasons';

const TOLD: [what: unknown, en: string, es: string][] = [
  [refusal({ type: 'forbidden', description: 'no right x' }), 'you may not', 'no puede'],
  [refusal({ type: 'overQuota' }), 'no space left', 'no queda espacio'],
  [refusal({ type: 'mailboxHasChild' }), 'others below it', 'otras debajo'],
  [refusal({ type: 'invalidProperties', description: 'name' }), 'a value. (name)', 'valor. (name)'],
  [refusal({ type: 'odd', description: 'A, B' }), 'refused it (A, B)', 'rechazó (A, B)'],
  [refusal({ type: 'odd' }), 'refused it (odd)', 'rechazó (odd)'],
  [new MethodError('Email/set', 'serverUnavailable', 'full'), 'server is busy', 'está ocupado'],
  [new MethodError('Email/set', 'serverFail', 'E_IO'), 'wrong in the server. (E_IO)', '(E_IO)'],
  [new MethodError('Email/query', 'accountNotFound'), 'no longer open', 'ya no está abierto'],
  [new HttpError(429, { detail: 'slow down' }), 'too often', 'demasiadas veces'],
  [new HttpError(503, {}), 'server is busy', 'está ocupado'],
  [new HttpError(400, { detail: 'limit' }), 'refused it (limit)', 'rechazó (limit)'],
  [new OfflineError(), 'onne', 'onexión'],
  [new Error('own words'), 'own words', 'own words'],
];

vi.stubGlobal('document', { documentElement: {} });

test('what the server says is told in the language of the person', async () => {
  for (const [what, en, es] of TOLD) {
    await useLanguage('en');
    expect(reasonOf(what)).toContain(en);
    await useLanguage('es');
    expect(reasonOf(what)).toContain(es);
    expect(reasonOf(what)).not.toMatch(/Email\/|no right x|slow down|full/);
  }
  await useLanguage('en');
});
