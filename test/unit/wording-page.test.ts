import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  messageWithoutWords,
  pageMessage,
  pageUrgency,
  type RingingPage,
  takenMessage,
} from '../../src/domain/page-wording.ts';
import { COLUMNS } from '../../src/domain/text-layout.ts';
import { PAGE_REASONS } from '../../src/domain/vocabulary.ts';
import { policy } from '../support/incidents.ts';

const letterhead = policy();
const envelope = {
  id: 'INC-2026-0001-P1:1:1:2:responder1',
  to: 'responder1@stand.example',
  addressee: 'responder1',
  replyTo: null,
};

const call: RingingPage = {
  pageId: 'INC-2026-0001-P1',
  incidentId: 'INC-2026-0001',
  reason: 'no-lead',
  criticality: null,
  calledAs: 'csirt',
  round: 1,
  rung: 2,
  nextStepAt: Date.UTC(2026, 10, 25, 3, 30),
  url: 'http://127.0.0.1:8080/v1/pages/INC-2026-0001-P1',
  link: 'http://127.0.0.1:8080/p/token',
  code: '123456',
};

/** That many pages ring for one person. */
function storm(pages: number): readonly [RingingPage, ...RingingPage[]] {
  const others = Array.from({ length: pages - 1 }, (_, index) => ({
    ...call,
    pageId: `INC-2026-${1000 + index}-P1`,
    incidentId: `INC-2026-${1000 + index}`,
  }));
  return [call, ...others];
}

const contentOf = (...pages: readonly [RingingPage, ...RingingPage[]]) =>
  pageMessage(letterhead, envelope, pages).content;

describe('a page', () => {
  it('carries identifier, urgency, reason, links and how to answer', () => {
    const { subject, text } = contentOf(call);
    expect(subject).toBe('[INC-2026-0001] PAGE URGENT: nobody is lead yet');
    expect(text).toBe(`Incident:  INC-2026-0001
Urgency:   URGENT
Reason:    nobody is lead yet
Called as: csirt
Call:      round 1, rung 2
Link:      http://127.0.0.1:8080/v1/pages/INC-2026-0001-P1

To take it, or to say that it is not for you:
http://127.0.0.1:8080/p/token

Or signed in:
  npx tocsin ack INC-2026-0001-P1

Without an acknowledgement the next call goes out at 2026-11-25 03:30
UTC (2026-11-24 22:30 in America/Detroit).

-- 
InCommon CSIRT
InCommon Federation
+1 734 352 7045
`);
  });

  it('of an Emergency says so first', () => {
    const emergency = { ...call, criticality: 'emergency', reason: 'reply-due' } as const;
    expect(contentOf(emergency).subject).toContain('PAGE EMERGENCY:');
    expect(pageUrgency('reply-due', null)).toBe('SOON');
  });

  it('says when no further call follows', () => {
    expect(contentOf({ ...call, nextStepAt: null }).text).toContain('This is the last call of this page.');
  });

  it('carries no words of the incident and is for the person called alone', () => {
    expect(pageMessage(letterhead, envelope, [call])).toMatchObject({
      carriesWords: false,
      addressee: 'responder1',
      content: { isUrgent: true, link: call.link },
    });
  });

  it.each(PAGE_REASONS)('for %s fits one SMS, with the code that takes it', (reason) => {
    const { short } = contentOf({ ...call, reason });
    expect(short.length).toBeLessThanOrEqual(160);
    expect(short).toContain('Reply 123456 to take it, NO 123456 if it is not for you.');
  });

  it('is read out in sentences, without its link', () => {
    expect(contentOf(call).spoken).toBe(
      'This is InCommon CSIRT. A page, urgent, for incident INC 2026 0001: nobody is lead yet. To take it, key in 1, 2, 3, 4, 5, 6, or use the link in our mail.',
    );
  });
});

describe('a storm of pages', () => {
  it('comes in one message that names every one of them', () => {
    const pages = storm(1000);
    const { subject, text, short } = contentOf(...pages);
    expect(subject).toBe(
      '[INC-2026-0001, INC-2026-1000, INC-2026-1001 and 997 more] PAGE URGENT: 1000 pages ring for you',
    );
    for (const { pageId } of pages) expect(text).toContain(pageId);
    expect(short).toMatch(
      /^PAGE URGENT: 1000 pages ring for you, the first for INC-2026-0001. Reply 123456 to take it/,
    );
    expect(short.length).toBeLessThanOrEqual(160);
  });

  it('is as urgent as the most urgent of them', () => {
    const [first, second] = [
      { ...call, reason: 'reply-due' } as const,
      { ...call, criticality: 'emergency' } as const,
    ];
    expect(contentOf(first, second).subject).toMatch(/^\[INC-2026-0001\] PAGE EMERGENCY: 2 pages/);
  });
});

describe('who has it', () => {
  it('is told in a message that asks for nothing', () => {
    const taken = takenMessage(letterhead, envelope, [
      { pageId: 'INC-2026-0001-P1', by: 'lead1' },
      { pageId: 'INC-2026-0002-P1', by: 'responder2' },
    ]);
    expect(taken.content).toMatchObject({
      subject: 'Taken: lead1 has INC-2026-0001-P1, responder2 has INC-2026-0002-P1',
      isUrgent: false,
      link: null,
    });
  });
});

describe('every message', () => {
  it('has no line of more than 72 columns, but for addresses of pages', () => {
    const texts = [contentOf(call), contentOf(...storm(30))].map(({ text }) => text);
    const long = texts.flatMap((text) => text.split('\n')).filter((line) => line.length > COLUMNS);
    expect(long.filter((line) => line.trim().includes(' '))).toEqual([]);
  });

  it('has one line where one is promised, in the letters of an SMS', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (said) => {
        const sheet = { subject: said, body: [said], short: said, spoken: said, link: null, isUrgent: false };
        const { subject, short, spoken } = messageWithoutWords(letterhead, envelope, sheet).content;
        for (const line of [subject, short, spoken]) expect(line).not.toMatch(/[\r\n\0\u2028]/);
        expect(short).toMatch(/^[ -_a-zÀ-ü£¥§¿¡¤]*$/);
        expect(short.length).toBeLessThanOrEqual(160);
      }),
    );
  });
});
