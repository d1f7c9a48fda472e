import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { businessHours, inBothTimes, spokenDuration, utcSeconds } from '../../src/domain/local-time.ts';
import { type Mail, messageIdOf } from '../../src/domain/mail.ts';
import {
  autoReply,
  clockTitle,
  type Envelope,
  intakeNotice,
  type Letterhead,
  notice,
  question,
  reply,
} from '../../src/domain/mail-wording.ts';
import { COLUMNS, plain, wrap } from '../../src/domain/text-layout.ts';
import { REPORT_KINDS } from '../../src/domain/vocabulary.ts';
import { loadPolicy } from '../../src/policy.ts';

const { letters } = await loadPolicy('policy/incommon.yaml');

const letterhead: Letterhead = {
  letters,
  organization: {
    name: 'Example Federation',
    csirt: 'Example Federation CSIRT',
    mail: 'security@federation.example',
    phone: '+1 555 0100',
    mailNoticedWithinMs: 12 * 3_600_000,
  },
  calendar: {
    timeZone: 'America/New_York',
    days: ([1, 2, 3, 4, 5] as const).map((weekday) => ({ weekday, fromMinute: 540, toMinute: 1020 })),
    holidays: [],
  },
  tlp: [
    {
      label: 'AMBER',
      whenToUse: 'It needs support to be acted upon.',
      howToShare: 'Your organization and its clients, need to know.',
    },
  ],
};

const envelope: Envelope = {
  key: 'INC-2026-0001:auto-reply:1',
  to: 'anna@example.org',
  addressee: 'report-1',
};
const receivedAt = Date.UTC(2026, 10, 25, 3, 15);
const statusUrl = 'http://127.0.0.1:8080/v1/reports/0b0f?token=abcdefghijklmnopqrstuvwxyz0123456789';

const report = {
  letterhead,
  envelope,
  incidentId: 'INC-2026-0001',
  kind: 'incident',
  receivedAt,
  replyDueAt: receivedAt + 24 * 3_600_000,
  statusUrl,
} as const;

const written = {
  letterhead,
  envelope: { ...envelope, key: 'INC-2026-0001:reply:1' },
  incidentId: 'INC-2026-0001',
  text: 'Thank you.\n\nWe could reproduce it.',
  tlp: 'AMBER',
  exchange: ['report-1'],
} as const;

const due = {
  letterhead,
  envelope: { key: 'INC-2026-0001:notice:1', to: 'lead1@stand.example', addressee: 'lead1' },
  incidentId: 'INC-2026-0001',
  purpose: 'reminder',
  clock: 'action:agree-plan',
  dueAt: receivedAt,
  titleOf: () => 'agree on a plan',
  link: 'http://127.0.0.1:8080/v1/incidents/INC-2026-0001',
} as const;

/** As one line, so that an expectation does not depend on where a line was broken. */
function flow(mail: Mail): string {
  return mail.text.replaceAll(/\s+/g, ' ');
}

describe('the automatic reply', () => {
  it('gives the reference, the times, the phone and the status page, and asks for nothing sensitive', () => {
    expect(autoReply(report).content.text).toBe(`Your message of 2026-11-25 03:15 UTC (2026-11-24 22:15 in
America/New_York) reached the Example Federation CSIRT and is filed as
INC-2026-0001.

A person reads it and replies as soon as possible, and not later than
2026-11-26 03:15 UTC (2026-11-25 22:15 in America/New_York), 24 hours
after it arrived.

In a critical emergency please phone +1 555 0100, at any hour. Outside
business hours (Monday to Friday 09:00-17:00 in America/New_York) it may
take up to 12 hours until somebody notices a mail.

Please send nothing sensitive over this channel (form, mail or phone);
we will set up a secure one with you where it is needed.

Where your report stands, and our questions to you:
${statusUrl}

This mail was sent automatically.

-- 
Example Federation CSIRT
Example Federation
+1 555 0100
`);
  });

  it('says in its header that no machine should answer it', () => {
    expect(autoReply(report).content).toMatchObject({
      subject: '[INC-2026-0001] We have received your report',
      headers: { 'Auto-Submitted': 'auto-replied' },
    });
  });

  it('directs law enforcement to the General Counsel and promises no reply of the CSIRT', () => {
    const mail = flow(autoReply({ ...report, kind: 'law-enforcement' }).content);
    expect(mail).toContain('are directed to the General Counsel of Example Federation');
    expect(mail).not.toContain('24 hours after');
  });

  it('tells who asks for a suspension that the request is verified over a trusted channel first', () => {
    const mail = flow(autoReply({ ...report, kind: 'suspension-request' }).content);
    expect(mail).toContain('is verified before it is acted on');
    expect(mail).toContain('with the contact details in our directory and not those in the request');
    expect(mail).toContain('not later than');
  });

  it('is for the reporter alone, and carries no words of the report', () => {
    expect(autoReply(report)).toMatchObject({ carriesWords: false, addressee: 'report-1' });
  });
});

it('the notice at the intake names the phone and asks for nothing sensitive', () => {
  expect(intakeNotice(letterhead)).toMatch(/nothing sensitive .* phone \+1 555 0100.* up to 12 hours/);
});

describe('a reply', () => {
  it('is the responder’s text, under its label, with the reference in the subject', () => {
    const { content } = reply(written);
    expect(content.subject).toBe('[INC-2026-0001] TLP:AMBER Reply to your report');
    expect(content.text.startsWith('TLP:AMBER\n\nThank you.\n\nWe could reproduce it.\n\n-- \n')).toBe(true);
    expect(flow(content)).toContain('TLP:AMBER: Your organization and its clients, need to know.');
  });

  it('is written by a person and does not say otherwise', () => {
    expect(reply(written).content.headers).not.toHaveProperty('Auto-Submitted');
  });

  it('asks the gate with its label and its exchange', () => {
    expect(reply(written)).toMatchObject({ carriesWords: true, label: 'AMBER', exchange: ['report-1'] });
  });

  it('follows up the automatic reply where there was one', () => {
    const inReplyTo = autoReply(report).content.messageId;
    expect(reply({ ...written, envelope: { ...written.envelope, inReplyTo } }).content.inReplyTo).toBe(
      inReplyTo,
    );
  });

  it('keeps short lines as they were written, spaces and quotation included', () => {
    const text = '> you wrote:   this\n\n    code  here\n';
    expect(reply({ ...written, text }).content.text).toContain(
      '> you wrote:   this\n\n    code  here\n\n-- ',
    );
  });
});

it('what a responder wrote is no template, and neither is a value of the policy', () => {
  const text = 'Your form shows {{statusUrl}} and {{incident}}, and {{nothing}} else.';
  const organization = { ...letterhead.organization, csirt: 'CSIRT {{text}} $& $1' };
  const { content } = reply({ ...written, letterhead: { ...letterhead, organization }, text });
  expect(flow(content)).toContain(text);
  expect(flow(content)).toContain('CSIRT {{text}} $& $1');
});

it('a letter is worded as the policy says, by its kind of report where it has one for that', () => {
  const inquiry = {
    subject: '[{{incident}}] Thank you for asking',
    body: ['{{csirt}}, {{phone}}', '{{statusUrl}}'],
  };
  const worded = { ...letterhead, letters: { ...letters, autoReply: { ...letters.autoReply, inquiry } } };
  const mail = autoReply({ ...report, letterhead: worded, kind: 'inquiry' });
  expect(mail.content.subject).toBe('[INC-2026-0001] Thank you for asking');
  expect(mail.content.text.startsWith('Example Federation CSIRT, +1 555 0100\n\nhttp')).toBe(true);
  expect(autoReply({ ...report, letterhead: worded }).content.subject).toBe(
    autoReply(report).content.subject,
  );
});

it('a question says where it can be answered', () => {
  expect(question({ ...written, statusUrl }).content.text).toContain(`You can answer here:\n${statusUrl}\n`);
});

describe('a notice to our own people', () => {
  it('reminds of a row by its title and time', () => {
    const { content } = notice(due);
    expect(content.subject).toBe('[INC-2026-0001] Reminder: a step of yours is overdue');
    expect(flow(content)).toContain('The time for “agree on a plan” is over.');
    expect(content.text).toContain('Due:      2026-11-25 03:15 UTC (2026-11-24 22:15 in America/New_York)');
  });

  it.each(['reminder', 'sponsor-told', 'asked', 'handed-off'] as const)(
    'of purpose %s carries no words',
    (purpose) => {
      expect(notice({ ...due, purpose, clock: null, dueAt: null })).toMatchObject({
        carriesWords: false,
        addressee: 'lead1',
      });
    },
  );

  it('names the other clocks in words', () => {
    expect(clockTitle('reply', due.titleOf)).toBe('the reply to a reporter');
    expect(clockTitle('verification', due.titleOf)).toBe('the verification of a suspension request');
  });
});

describe('every mail', () => {
  const mails: readonly Mail[] = [
    ...REPORT_KINDS.map((kind) => autoReply({ ...report, kind }).content),
    ...(['reminder', 'sponsor-told', 'asked', 'handed-off'] as const).map(
      (purpose) => notice({ ...due, purpose }).content,
    ),
    reply({ ...written, text: 'word '.repeat(100) }).content,
    question({ ...written, statusUrl }).content,
  ];

  it('has no line of more than 72 columns, but for addresses of pages', () => {
    const long = mails.flatMap(({ text }) => text.split('\n')).filter((line) => line.length > COLUMNS);
    expect(long.filter((line) => line.includes(' '))).toEqual([]);
  });

  it('has one line for its subject, and nothing that could add a header', () => {
    const hostile = 'INC-1\r\nBcc: mallory@example.net\0';
    const attacked = [reply({ ...written, incidentId: hostile })];
    for (const { subject } of [...mails, ...attacked.map(({ content }) => content)]) {
      expect(subject).not.toMatch(/[\r\n\0]/);
    }
  });
});

describe('a Message-ID', () => {
  it('is the same for the same mail and fit for a header', () => {
    expect(
      messageIdOf({
        key: 'INC-2026-0001:reply:1',
        recipient: 'b1',
        senderAddress: 'security@federation.example',
      }),
    ).toBe('<INC-2026-0001_3a_reply_3a_1.b1@federation.example>');
  });

  it('differs where key or recipient differ', () => {
    const anyPart = fc.string({ unit: fc.constantFrom('a', '_', ':', '.', '3', '-', '\n', 'é') });
    fc.assert(
      fc.property(anyPart, anyPart, anyPart, anyPart, (key, recipient, otherKey, otherRecipient) => {
        const one = messageIdOf({ key, recipient, senderAddress: 'a@b.example' });
        const other = messageIdOf({ key: otherKey, recipient: otherRecipient, senderAddress: 'a@b.example' });
        expect(one).toMatch(/^<[A-Za-z0-9_.-]+@b\.example>$/);
        return (one === other) === (key === otherKey && recipient === otherRecipient);
      }),
    );
  });
});

describe('lines', () => {
  it('are broken at spaces, repeating indentation and quotation', () => {
    expect(wrap('> one two three four', 12)).toBe('> one two\n> three four');
    expect(wrap('  - aa bb cc', 8)).toBe('  - aa\n  bb cc');
  });

  it('keep a word that is longer than a line', () => {
    expect(wrap('see http://example.org/a/long/path now', 12)).toBe(
      'see\nhttp://example.org/a/long/path\nnow',
    );
  });

  it('lose no word, and none is longer than allowed unless one word is', () => {
    const anyText = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '>', '\t') });
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 20 }), (text, columns) => {
        const lines = wrap(text, columns).split('\n');
        const letters = (value: string): string => value.replaceAll(/[\s>]/g, '');
        expect(letters(lines.join(''))).toBe(letters(text));
        return lines.every((line) => line.length <= columns || !/\S \S/.test(line.replace(/^[\s>]*/, '')));
      }),
    );
  });

  it('are free of control characters that could move a cursor or end a text', () => {
    expect(plain('a\u{1b}[2Jb\r\nc\0d\te')).toBe('a[2Jb\nc\u{FFFD}d\te');
  });
});

describe('times', () => {
  it('are said in UTC and as the organization’s clocks show them', () => {
    expect(inBothTimes(Date.UTC(2026, 6, 1, 12, 0), 'America/New_York')).toBe(
      '2026-07-01 12:00 UTC (08:00 in America/New_York)',
    );
    expect(utcSeconds(Date.UTC(2016, 5, 21, 20, 39, 33, 999))).toBe('2016-06-21T20:39:33Z');
  });

  it('business hours join days that are alike', () => {
    const days = [
      { weekday: 6, fromMinute: 600, toMinute: 720 },
      { weekday: 1, fromMinute: 540, toMinute: 1020 },
      { weekday: 2, fromMinute: 540, toMinute: 1020 },
      { weekday: 4, fromMinute: 540, toMinute: 1020 },
    ] as const;
    expect(businessHours({ timeZone: 'UTC', days, holidays: [] })).toBe(
      'Monday and Tuesday 09:00-17:00, Thursday 09:00-17:00, Saturday 10:00-12:00 in UTC',
    );
    expect(businessHours({ timeZone: 'UTC', days: [], holidays: [] })).toBe('none');
  });

  it('durations are said in at most two units', () => {
    expect([20_000, 3_600_000, 86_400_000, 5_430_000].map(spokenDuration)).toEqual([
      '20 seconds',
      '1 hour',
      '24 hours',
      '1 hour 30 minutes',
    ]);
  });
});
