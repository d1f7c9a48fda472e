import { describe, expect, test } from 'vitest';

import { threadHints } from '../../../src/mail/threads.ts';
import { letter, OURS } from '../../support/letters.ts';

describe('which matter a message belongs to', () => {
  test('is hinted by what it answers, then by the address that it was sent to, then by its subject', () => {
    const hints = threadHints(
      letter({
        inReplyTo: ['<c@csirt.example>'],
        references: ['<a@csirt.example>', '<b@csirt.example>', '<c@csirt.example>'],
        to: 'ir+INC-2026-0001.k3x@csirt.example',
        subject: 'Re: [INC-2026-0002] and inc-2026-0003, INC-2026-0002 again',
      }),
      OURS,
    );
    expect(hints).toEqual([
      { by: 'message-id', messageId: '<c@csirt.example>' },
      { by: 'message-id', messageId: '<b@csirt.example>' },
      { by: 'message-id', messageId: '<a@csirt.example>' },
      {
        by: 'address',
        address: 'ir+INC-2026-0001.k3x@csirt.example',
        tag: 'INC-2026-0001.k3x',
        incidentId: 'INC-2026-0001',
      },
      { by: 'subject', incidentId: 'INC-2026-0002' },
      { by: 'subject', incidentId: 'INC-2026-0003' },
    ]);
  });

  test('is hinted by the address that our server delivered to, and not by the tag of a stranger', () => {
    const hints = threadHints(
      letter({
        to: 'eve+INC-2026-0009@participant.example',
        headers: { 'delivered-to': 'ir+2026-0001-p1-abcdefgh@csirt.example' },
      }),
      OURS,
    );
    expect(hints).toEqual([
      {
        by: 'address',
        address: 'ir+2026-0001-p1-abcdefgh@csirt.example',
        tag: '2026-0001-p1-abcdefgh',
        incidentId: null,
      },
    ]);
  });

  test('of a bounce is hinted first by what could not be delivered', () => {
    const [first] = threadHints(letter({ inReplyTo: ['<x@y.example>'] }), OURS, '<reply@csirt.example>');
    expect(first).toEqual({ by: 'message-id', messageId: '<reply@csirt.example>' });
  });

  test('is not hinted by the subject of another installation, whose incidents have the same names', () => {
    const subject = 'Re: [INC-2026-0002] Reply';
    const answers = { inReplyTo: ['<c@csirt.example>'] };
    const theirs = letter({ subject, ...answers, headers: { 'x-tocsin': 'installation-2' } });
    expect(threadHints(theirs, OURS)).toEqual([{ by: 'message-id', messageId: '<c@csirt.example>' }]);
    const quoted = letter({ subject, headers: { 'x-tocsin': 'installation-1' } });
    expect(threadHints(quoted, OURS)).toEqual([{ by: 'subject', incidentId: 'INC-2026-0002' }]);
  });

  test.each(['XINC-2026-0001', 'INC-2026-0001A', 'INC-26-1', 'inc 2026 0001', ''])(
    'is not hinted by a subject like %s',
    (subject) => {
      expect(threadHints(letter({ subject }), OURS)).toEqual([]);
    },
  );
});
