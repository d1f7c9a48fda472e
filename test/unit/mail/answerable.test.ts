import { describe, expect, test } from 'vitest';

import { mayAnswerAutomatically } from '../../../src/mail/answerable.ts';
import { kindOf } from '../../../src/mail/kind.ts';
import { parse } from '../../../src/mail/parsing.ts';
import { letter, OURS, sample, sampleNames } from '../../support/letters.ts';

const answerTo = (parts: Parameters<typeof letter>[0]): ReturnType<typeof mayAnswerAutomatically> => {
  const message = letter(parts);
  return mayAnswerAutomatically(message, kindOf(message, OURS), OURS);
};

describe('an automatic answer', () => {
  test('goes to the return path, whatever From and Reply-To say', () => {
    expect(
      answerTo({
        returnPath: 'anna@mail.participant.example',
        replyTo: [{ name: '', address: 'everybody@participant.example' }],
      }),
    ).toEqual({ to: 'anna@mail.participant.example' });
  });

  test.each([
    ['stands in Cc', { to: 'soc@participant.example', cc: 'ir@csirt.example' }],
    ['is written in another case', { to: 'security@csirt.example' }],
    ['is tagged', { to: 'ir+INC-2026-0001.abc@csirt.example' }],
    [
      'was named when it was sent on',
      { to: 'x@y.example', headers: { 'resent-to': 'IR <ir@csirt.example>' } },
    ],
  ])('goes out when our address %s', (_, parts) => {
    expect(answerTo(parts)).toHaveProperty('to');
  });

  test.each([
    ['to another automatic one', { headers: { 'auto-submitted': 'auto-replied' } }, 'automatic'],
    ['to a list', { headers: { 'list-id': '<x.example>' } }, 'list'],
    ['to bulk mail', { headers: { precedence: 'junk' } }, 'bulk'],
    ['to ourselves', { headers: { 'x-tocsin': 'installation-1' } }, 'own'],
    ['to our address as return path', { returnPath: 'ir@csirt.example' }, 'sender-is-us'],
    ['to our address as sender', { sender: 'security@csirt.example' }, 'sender-is-us'],
    ['where nothing may come back', { returnPath: '' }, 'automatic'],
    ['where nobody stamped a return path', { returnPath: null }, 'no-return-path'],
    [
      'to who asks for silence',
      { headers: { 'x-auto-response-suppress': 'OOF, AutoReply' } },
      'silence-asked-for',
    ],
    ['to noreply', { from: 'no-reply@participant.example' }, 'sender-is-a-program'],
    ['to do-not-reply+tag', { returnPath: 'donotreply+7@participant.example' }, 'sender-is-a-program'],
    ['to a mailer', { from: 'MAILER-DAEMON@participant.example' }, 'sender-is-a-program'],
    ['to a postmaster', { from: 'postmaster@participant.example' }, 'sender-is-a-program'],
    ['to a list’s request address', { from: 'soc-request@participant.example' }, 'sender-is-a-program'],
    ['to an owner', { from: 'owner-soc@participant.example' }, 'sender-is-a-program'],
    ['to what came by Bcc', { to: 'undisclosed@participant.example' }, 'not-addressed-to-us'],
  ] as const)('does not go %s', (_, parts, no) => {
    expect(answerTo(parts)).toEqual({ no });
  });

  test.each(sampleNames('bounces'))('does not go to %s', async (name) => {
    const message = await parse(sample(name));
    expect(mayAnswerAutomatically(message, kindOf(message, OURS), OURS)).toHaveProperty('no');
  });
});
