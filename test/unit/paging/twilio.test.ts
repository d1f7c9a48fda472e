import { describe, expect, test } from 'vitest';
import { isSignedByTwilio, twilioDigits, twilioReceipt, twilioSms } from '../../../src/paging/twilio.ts';

/** Source: the example of Twilio's documentation, and of the tests of its libraries. */
const EXAMPLE = {
  authToken: '12345',
  url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
  form: new URLSearchParams({
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  }),
  signature: 'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
};

describe('a form of Twilio', () => {
  test('is told by its signature', () => {
    expect(isSignedByTwilio(EXAMPLE)).toBe(true);
  });

  test('signs a repeated value once', () => {
    const form = new URLSearchParams('Digits=5678&Digits=1234&Digits=1234&Sid=CA123&SidAccount=AC123');
    expect(isSignedByTwilio({ ...EXAMPLE, form, signature: 'IK+Dwps556ElfBT0I3Rgjkr1wJU=' })).toBe(true);
  });

  const withDigits = new URLSearchParams([...EXAMPLE.form.entries(), ['Digits', '1235']]);
  test.each([
    ['another address', { url: 'https://mycompany.com/myapp.php?foo=1&bar=3' }],
    ['another token', { authToken: '12346' }],
    ['another field', { form: withDigits }],
    ['no signature', { signature: '' }],
    ['another signature', { signature: 'RSOYDt4T1cUTdK1PDd93/VVr8B9=' }],
  ])('with %s is not Twilio’s', (_, other) => {
    expect(isSignedByTwilio({ ...EXAMPLE, ...other })).toBe(false);
  });

  test.each([
    ['MessageSid=SM1&MessageStatus=queued', { id: 'SM1', outcome: 'pending', code: 'queued' }],
    ['MessageSid=SM1&MessageStatus=sent', { id: 'SM1', outcome: 'pending', code: 'sent' }],
    ['MessageSid=SM1&MessageStatus=delivered', { id: 'SM1', outcome: 'delivered', code: 'delivered' }],
    [
      'MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003',
      { id: 'SM1', outcome: 'refused', code: '30003' },
    ],
    ['MessageSid=SM1&MessageStatus=failed&ErrorCode=', { id: 'SM1', outcome: 'refused', code: 'failed' }],
    ['CallSid=CA1&CallStatus=ringing', { id: 'CA1', outcome: 'pending', code: 'ringing' }],
    ['CallSid=CA1&CallStatus=completed', { id: 'CA1', outcome: 'delivered', code: 'completed' }],
    ['CallSid=CA1&CallStatus=busy', { id: 'CA1', outcome: 'refused', code: 'not-reached' }],
    ['CallSid=CA1&CallStatus=no-answer', { id: 'CA1', outcome: 'refused', code: 'not-reached' }],
    ['CallSid=CA1&CallStatus=failed', { id: 'CA1', outcome: 'refused', code: 'failed' }],
    ['CallSid=CA1&CallStatus=never-heard-of', { id: 'CA1', outcome: 'pending', code: 'never-heard-of' }],
    ['CallSid=CA1', null],
    ['MessageStatus=sent', null],
    ['', null],
  ])('%s says %o', (form, expected) => {
    expect(twilioReceipt(new URLSearchParams(form))).toEqual(expected);
  });

  test('holds an SMS, or digits of whoever is not us', () => {
    const form = (text: string) => new URLSearchParams(text);
    expect(twilioSms(form('From=%2B1&To=%2B2&Body=ack+123456'))).toEqual({ from: '+1', text: 'ack 123456' });
    expect(twilioSms(form('From=%2B1'))).toBeNull();
    const digits = (direction: string) => form(`From=%2B1&To=%2B2&Digits=123456&Direction=${direction}`);
    expect(twilioDigits(digits('outbound-api'))).toEqual({ from: '+2', text: '123456' });
    expect(twilioDigits(digits('inbound'))).toEqual({ from: '+1', text: '123456' });
    expect(twilioDigits(form('From=%2B1&To=%2B2'))).toBeNull();
  });
});
