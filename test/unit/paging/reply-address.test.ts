import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readReplyAddress, replyAddressFor } from '../../../src/paging/reply-address.ts';

const key = Buffer.alloc(32, 7);
const usernames = ['responder1', 'responder2', 'lead1'];
const OF = { key, pageId: 'INC-2026-0001-P1', username: 'responder1', address: 'csirt@example.org' };
const made = replyAddressFor(OF) ?? '';
const read = (address: string, of = usernames) => readReplyAddress({ key, address, usernames: of });

describe('a reply address', () => {
  test('is below the mailbox, fits into an address, and names nobody', () => {
    expect(made).toMatch(/^csirt\+2026-0001-p1-[a-z2-7]{16}@example\.org$/);
    expect(made.indexOf('@')).toBeLessThanOrEqual(64);
  });

  test('reads as whose it is and for which page, in whichever case it comes back', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 99_999 }),
        fc.integer({ min: 1, max: 99 }),
        fc.constantFrom(...usernames),
        (n, p, username) => {
          const pageId = `INC-2026-${String(n).padStart(4, '0')}-P${p}`;
          const address = replyAddressFor({ ...OF, pageId, username }) ?? '';
          expect(read(address)).toEqual({ pageId, username });
          expect(read(address.toUpperCase())).toEqual({ pageId, username });
        },
      ),
    );
  });

  test('with any one character of its tag changed is nobody’s', () => {
    const [from, to] = [made.indexOf('+') + 1, made.indexOf('@') - 1];
    const character = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-.+_'.split(''));
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), character, (at, other) => {
        fc.pre(other !== made.charAt(at));
        expect(read(made.slice(0, at) + other + made.slice(at + 1))).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  test('of somebody who is no person of the policy any more, or under another key, is nobody’s', () => {
    expect(read(made, ['responder2', 'lead1'])).toBeNull();
    expect(readReplyAddress({ key: Buffer.alloc(32, 8), address: made, usernames })).toBeNull();
  });

  test('below a mailbox that has a tag already goes below that', () => {
    const address = replyAddressFor({ ...OF, address: 'csirt+tocsin@example.org' }) ?? '';
    expect(address).toMatch(/^csirt\+tocsin\+2026/);
    expect(read(address)).toEqual({ pageId: OF.pageId, username: 'responder1' });
  });

  test.each(['no-address', '@example.org', `${'x'.repeat(40)}@example.org`])(
    'is not made below %j',
    (address) => {
      expect(replyAddressFor({ ...OF, address })).toBeNull();
    },
  );

  test.each(['', '@', 'csirt@example.org', 'csirt+hello@example.org', made.slice(6), 'x'.repeat(10_000)])(
    'is not %j',
    (address) => {
      expect(read(address)).toBeNull();
    },
  );
});
