import { describe, expect, test } from 'vitest';
import { isSignedWebhook } from '../../../src/paging/webhook-signature.ts';

/** Source: the example of the Standard Webhooks libraries. */
const EXAMPLE = {
  secret: Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'),
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  bytes: Buffer.from('{"test": 2432232314}'),
  now: 1_614_265_330_000,
};
const MINUTE_MS = 60_000;

describe('a signed webhook', () => {
  test('is told by its signature, also where it bears several', () => {
    expect(isSignedWebhook(EXAMPLE)).toBe(true);
    expect(isSignedWebhook({ ...EXAMPLE, signature: `v1,AAAA v2,x ${EXAMPLE.signature}` })).toBe(true);
  });

  test.each([-5, 5])('is good %i minutes away from its time, and not longer', (minutes) => {
    const now = EXAMPLE.now + minutes * MINUTE_MS;
    expect(isSignedWebhook({ ...EXAMPLE, now })).toBe(true);
    expect(isSignedWebhook({ ...EXAMPLE, now: now + Math.sign(minutes) })).toBe(false);
  });

  test.each([
    ['other bytes', { bytes: Buffer.from('{"test": 2432232315}') }],
    ['another secret', { secret: Buffer.alloc(24) }],
    ['another id', { id: 'msg_other' }],
    ['another time', { timestamp: '1614265331' }],
    ['no time', { timestamp: '' }],
    ['a time that is none', { timestamp: 'NaN' }],
    ['no id', { id: '' }],
    ['no signature', { signature: '' }],
    ['the signature of another version', { signature: EXAMPLE.signature.replace('v1', 'v1a') }],
    ['half of a signature', { signature: EXAMPLE.signature.slice(0, 20) }],
  ])('with %s is none', (_, other) => {
    expect(isSignedWebhook({ ...EXAMPLE, ...other })).toBe(false);
  });
});
