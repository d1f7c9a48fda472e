import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFeedLinks, type FeedLink } from '../../../src/paging/feed-links.ts';
import { createLinks } from '../../../src/paging/links.ts';

const key = Buffer.alloc(32, 7);
const links = createFeedLinks({ key, publicUrl: 'https://tocsin.example' });
const FEED: FeedLink = { id: '0b8a7a5e-2f0c-4b39-8a53-6a2f1d6f1f10', username: 'responder1', rota: null };

const tokenOf = (feed: FeedLink, of = links) => of.addressOf(feed).split('/')[4] ?? '';

const anyFeed: fc.Arbitrary<FeedLink> = fc.record({
  id: fc.uuid(),
  username: fc.string({ minLength: 1, maxLength: 40 }),
  rota: fc.option(fc.string({ minLength: 1, maxLength: 40 })),
});

describe('the address of a calendar feed', () => {
  test('is that of its feed alone', () => {
    fc.assert(
      fc.property(anyFeed, anyFeed, (one, other) => {
        const token = tokenOf(one);
        expect([links.idIn(token), links.isOf(token, one)]).toEqual([one.id, true]);
        for (const field of ['id', 'username', 'rota'] as const) {
          if (one[field] !== other[field])
            expect(links.isOf(token, { ...one, [field]: other[field] })).toBe(false);
        }
      }),
    );
  });

  test('names nobody, and ends as a calendar does', () => {
    expect(links.addressOf(FEED)).toMatch(
      /^https:\/\/tocsin\.example\/calendars\/[0-9a-f-]{36}\.[A-Za-z0-9_-]{22}\/on-call\.ics$/,
    );
    expect(links.addressOf(FEED)).not.toContain('responder1');
  });

  test('is worth nothing under another key, nor as the link of a page', () => {
    const others = createFeedLinks({ key: Buffer.alloc(32, 8), publicUrl: 'https://tocsin.example' });
    expect(others.isOf(tokenOf(FEED), FEED)).toBe(false);
    const pages = createLinks({ key, publicUrl: 'https://tocsin.example', now: () => 0 });
    expect(pages.readLink(tokenOf(FEED))).toBe('invalid');
  });

  test.each(['', '.', FEED.id, `${FEED.id}.`, `${FEED.id}.short`, `../${FEED.id}`, 'é'.repeat(60)])(
    'is not %j',
    (token) => {
      expect([links.idIn(token), links.isOf(token, FEED)]).toEqual([null, false]);
    },
  );
});
