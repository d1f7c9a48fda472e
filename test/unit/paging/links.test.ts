import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLinks, type PageLink } from '../../../src/paging/links.ts';
import { createSigner } from '../../../src/paging/signing.ts';

const key = Buffer.alloc(32, 7);
const AT = Date.UTC(2026, 1, 3, 3, 0, 0);
let now = AT;
const links = createLinks({ key, publicUrl: 'https://tocsin.example', now: () => now });
const LINK: PageLink = { pageId: 'INC-2026-0001-P1', ring: 2, username: 'responder1' };
const expiresAt = AT + 3_600_000;

const tokenOf = (link: PageLink, of = links) => {
  const [, token = ''] = of.linkFor({ ...link, expiresAt }).split('/p/');
  return token;
};

const anyLink: fc.Arbitrary<PageLink> = fc.record({
  pageId: fc
    .tuple(fc.nat({ max: 9999 }), fc.nat({ max: 99_999 }), fc.nat({ max: 99 }))
    .map(([year, n, p]) => `INC-${String(year).padStart(4, '0')}-${String(n).padStart(4, '0')}-P${p}`),
  ring: fc.integer({ min: 1, max: 1000 }),
  username: fc.string({ minLength: 1, maxLength: 40 }).filter((name) => name.trim() !== ''),
});

describe('a link', () => {
  test('reads as what it was made of, whatever the name', () => {
    fc.assert(
      fc.property(anyLink, (link) => {
        expect(links.readLink(tokenOf(link))).toEqual(link);
      }),
    );
  });

  test('is short, and ends in a letter', () => {
    const link = links.linkFor({ ...LINK, expiresAt });
    expect(link).toMatch(/^https:\/\/tocsin\.example\/p\/[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{21}[AQgw]$/);
    expect(link.length).toBeLessThan(105);
  });

  test('with any one character changed, left out or added is none of ours', () => {
    const token = tokenOf(LINK);
    const character = fc.constantFrom(
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=/+ \u0000é'.split(''),
    );
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), character, (at, other) => {
        const [before, own, after] = [token.slice(0, at), token.charAt(at), token.slice(at + 1)];
        if (other !== own) expect(links.readLink(before + other + after)).toBe('invalid');
        expect(links.readLink(before + after)).toBe('invalid');
        expect(links.readLink(before + other + own + after)).toBe('invalid');
      }),
      { numRuns: 2000 },
    );
  });

  test('has nothing of another that it could be mended with', () => {
    fc.assert(
      fc.property(anyLink, anyLink, (one, other) => {
        const [[content], [otherContent, signature]] = [tokenOf(one).split('.'), tokenOf(other).split('.')];
        fc.pre(content !== otherContent);
        expect(links.readLink(`${content}.${signature}`)).toBe('invalid');
      }),
    );
  });

  test('under another key, or signed for another purpose, is none of ours', () => {
    const others = createLinks({ key: Buffer.alloc(32, 8), publicUrl: '', now: () => now });
    expect(links.readLink(tokenOf(LINK, others))).toBe('invalid');
    const [content = ''] = tokenOf(LINK).split('.');
    for (const purpose of ['page-code', 'page-reply-address'] as const) {
      const signature = createSigner(key, purpose)(content).subarray(0, 16).toString('base64url');
      expect(links.readLink(`${content}.${signature}`)).toBe('invalid');
    }
  });

  test.each(['', '.', 'style.css', 'a'.repeat(10_000), '%00', '../..'])('%j is none', (token) => {
    expect(links.readLink(token)).toBe('invalid');
  });

  test('works until it expires, and not from then on', () => {
    now = expiresAt - 1;
    expect(links.readLink(tokenOf(LINK))).toEqual(LINK);
    now = expiresAt;
    expect(links.readLink(tokenOf(LINK))).toBe('expired');
    // Only ours are said to have expired.
    expect(links.readLink(`${tokenOf(LINK).slice(0, -1)}_`)).toBe('invalid');
    now = AT;
  });
});
