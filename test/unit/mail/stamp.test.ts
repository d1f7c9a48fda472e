import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { stampOf } from '../../../src/mail/received.ts';
import { STAMP_AT_MOST_BEFORE_MS, trustedReceipt } from '../../../src/mail/stamp.ts';

const HOUR_MS = 3_600_000;
const storedAtMs = Date.UTC(2027, 3, 29, 12);
const bounds = {
  ourHosts: ['mx.csirt.example', '.inside.csirt.example'],
  storedAtMs,
  atMostBeforeMs: STAMP_AT_MOST_BEFORE_MS,
};

const receipt = (...received: readonly string[]): ReturnType<typeof trustedReceipt> =>
  trustedReceipt({ receivedStamps: received.map(stampOf) }, bounds);

const at = (hour: string): string => `Thu, 29 Apr 2027 ${hour}:00 +0000`;
const atMs = (hours: number): number => Date.UTC(2027, 3, 29) + hours * HOUR_MS;

describe('a message reached us', () => {
  test('when the host at our border stamped it, not when it was fetched', () => {
    expect(
      receipt(
        `from mx.csirt.example (mx [10.0.0.1]) by store.inside.csirt.example (Dovecot) with LMTP; ${at('11:00')}`,
        `by mx.csirt.example (Postfix, from userid 100); ${at('10:00')}`,
        `from mail.participant.example (mail [192.0.2.1]) by MX.csirt.example. with ESMTPS; ${at('09:00')}`,
        `from laptop by mail.participant.example with ESMTP; ${at('03:00')}`,
      ),
    ).toEqual({ atMs: atMs(9), from: 'stamp' });
  });

  test('no earlier by a stamp that its sender forged below ours', () => {
    expect(
      receipt(
        `from evil.example (evil [192.0.2.66]) by mx.csirt.example with ESMTP; ${at('09:00')}`,
        `from evil.example by mx.csirt.example with ESMTP; ${at('01:00')}`,
      ),
    ).toEqual({ atMs: atMs(9), from: 'stamp' });
  });

  test('when we stored it, where no stamp of ours is on top', () => {
    const forged = `from x by mx.csirt.example; ${at('01:00')}`;
    expect(receipt(`from y by relay.other.example; ${at('09:00')}`, forged)).toEqual({
      atMs: storedAtMs,
      from: 'storage',
      doubt: 'no-stamp-of-ours',
    });
    expect(receipt()).toMatchObject({ atMs: storedAtMs, doubt: 'no-stamp-of-ours' });
  });

  test('when we stored it, where the stamp is in the future or too old', () => {
    expect(receipt(`from x by mx.csirt.example; ${at('12:01')}`)).toMatchObject({
      atMs: storedAtMs,
      doubt: 'stamp-in-the-future',
    });
    expect(receipt('from x by mx.csirt.example; Thu, 1 Apr 2027 09:00:00 +0000')).toMatchObject({
      atMs: storedAtMs,
      doubt: 'stamp-too-old',
    });
  });

  test('when it names us by a host that only sounds like ours: when we stored it', () => {
    expect(receipt(`from x by evilmx.csirt.example; ${at('09:00')}`)).toMatchObject({ from: 'storage' });
    expect(receipt(`from x by mx.csirt.example.evil.example; ${at('09:00')}`)).toMatchObject({
      from: 'storage',
    });
  });

  test('never after it was stored, and never long before', () => {
    const stamp = fc.record({
      from: fc.option(fc.constantFrom('mx.csirt.example', 'localhost', 'evil.example')),
      by: fc.option(fc.constantFrom('mx.csirt.example', 'a.inside.csirt.example', 'evil.example')),
      atMs: fc.option(fc.integer({ min: 0, max: 2 * storedAtMs })),
    });
    fc.assert(
      fc.property(fc.array(stamp, { maxLength: 8 }), (receivedStamps) => {
        const found = trustedReceipt({ receivedStamps }, bounds);
        expect(found.atMs).toBeLessThanOrEqual(storedAtMs);
        expect(found.atMs).toBeGreaterThanOrEqual(storedAtMs - STAMP_AT_MOST_BEFORE_MS);
        expect(found.from === 'stamp').toBe(found.doubt === undefined);
      }),
    );
  });
});

describe('a stamp', () => {
  test.each([
    ['from by (helo by evil [192.0.2.1]) by mx.csirt.example with ESMTP; x', 'mx.csirt.example'],
    ['(from root by evil.example) by mx.csirt.example; x', 'mx.csirt.example'],
    ['from [192.0.2.1] (by evil.example (by evil.example)) by mx.csirt.example', 'mx.csirt.example'],
    ['nonsense', null],
    ['', null],
  ])('%s was written by %s', (line, by) => {
    expect(stampOf(line).by).toBe(by);
  });

  test.each([
    ['Thu, 29 Apr 2027 09:00:00 +0200 (CEST)', Date.UTC(2027, 3, 29, 7)],
    ['29 Apr 2027 09:00:00 GMT', Date.UTC(2027, 3, 29, 9)],
    ['29 Apr 2027 09:00:00', Date.UTC(2027, 3, 29, 9)],
    ['Thu Apr 29 09:00:00 2027', Date.UTC(2027, 3, 29, 9)],
    ['yesterday', null],
    ['7', null],
    ['', null],
    ['Thu, 29 Apr 9999 09:00:00 +0000', null],
  ])('of %s has that instant', (date, instant) => {
    expect(stampOf(`by mx.csirt.example; ${date}`).atMs).toBe(instant);
  });
});
