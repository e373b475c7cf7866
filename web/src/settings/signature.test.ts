import { describe, expect, it } from 'vitest';
import { addressesOf, addressesText, signatureHtml } from './signature';

describe('signatures', () => {
  it('are text, whatever they hold', () => {
    expect(signatureHtml('Ann <b>&"\nTreasury')).toBe(
      '<div>Ann &lt;b&gt;&amp;&quot;<br>Treasury</div>',
    );
    expect(signatureHtml(' ')).toBe('');
  });
});

describe('addresses', () => {
  it('are read and shown', () => {
    const list = addressesOf('"Ann Lee" <ann@example.org>, bob@example.org');
    expect(list).toEqual([
      { name: 'Ann Lee', email: 'ann@example.org' },
      { name: null, email: 'bob@example.org' },
    ]);
    expect(addressesText(list)).toBe('Ann Lee <ann@example.org>, bob@example.org');
    expect(addressesOf('')).toEqual([]);
    expect(addressesOf('bob')).toBeNull();
    expect(addressesOf('a@b, <c@d')).toBeNull();
  });
});
