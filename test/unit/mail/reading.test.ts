import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';

import { mayAnswerAutomatically } from '../../../src/mail/answerable.ts';
import { kindOf } from '../../../src/mail/kind.ts';
import { isUnreadable, type Letter } from '../../../src/mail/letter.ts';
import { LIMITS } from '../../../src/mail/limits.ts';
import { createReader } from '../../../src/mail/reader.ts';
import { threadHints } from '../../../src/mail/threads.ts';
import { OURS, raw, sample, sampleNames } from '../../support/letters.ts';

const reader = createReader();
afterAll(() => reader.close());

async function read(bytes: Uint8Array): Promise<Letter> {
  const message = await reader.read(bytes);
  if (isUnreadable(message)) throw new Error(`unreadable: ${message.unreadable}`);
  return message;
}

describe('a letter', () => {
  test('has what its headers say, decoded', async () => {
    const letter = await read(
      raw(
        [
          'Return-Path: <anna@participant.example>',
          'Received: from mx.participant.example (mx [192.0.2.1]) by mx.csirt.example with ESMTPS; Thu, 29 Apr 2027 23:34:45 +0200',
          'Message-ID: <1@participant.example>',
          'In-Reply-To: <a@csirt.example>',
          'References: <b@csirt.example>',
          ' <a@csirt.example>',
          'From: =?utf-8?q?Anna_M=C3=BCller=2C_SOC?= <anna@participant.example>',
          'To: "IR, team" <ir@csirt.example>, Others: bob@other.example, eve@other.example;',
          'Cc: carl@participant.example (the boss)',
          'Reply-To: soc@participant.example',
          'Subject: =?utf-8?B?U2Now7w=?= =?utf-8?B?c3NlbCB3ZWc=?=',
          'Date: Thu, 29 Apr 2027 23:30:00 +0200 (CEST)',
          'X-Twice: one',
          'X-Twice: two',
        ],
        'Our key is gone.\n',
      ),
    );
    expect(letter).toMatchObject({
      messageId: '<1@participant.example>',
      inReplyTo: ['<a@csirt.example>'],
      references: ['<b@csirt.example>', '<a@csirt.example>'],
      subject: 'Schüssel weg',
      from: [{ name: 'Anna Müller, SOC', address: 'anna@participant.example' }],
      to: [
        { name: 'IR, team', address: 'ir@csirt.example' },
        { name: '', address: 'bob@other.example' },
        { name: '', address: 'eve@other.example' },
      ],
      cc: [{ address: 'carl@participant.example' }],
      replyTo: [{ address: 'soc@participant.example' }],
      returnPath: 'anna@participant.example',
      dateMs: Date.UTC(2027, 3, 29, 21, 30),
      receivedStamps: [
        {
          from: 'mx.participant.example',
          by: 'mx.csirt.example',
          atMs: Date.UTC(2027, 3, 29, 21, 34, 45),
        },
      ],
      text: 'Our key is gone.',
      defects: [],
    });
    expect(letter.headers.get('x-twice')).toEqual(['one', 'two']);
  });

  test('has the null return path apart from none', async () => {
    const [none, empty] = await Promise.all([read(raw([], 'x')), read(raw(['Return-Path: <>'], 'x'))]);
    expect([none.returnPath, empty.returnPath]).toEqual([null, '']);
  });

  test('has its plain text where it has HTML too', async () => {
    const letter = await read(parts('alternative', ['text/plain', 'words'], ['text/html', '<b>markup</b>']));
    expect(letter.text).toBe('words');
  });

  test.each([
    ['alone', () => raw(['Content-Type: text/html'], '<style>p{}</style><p>It is <b>urgent</b>.</p>')],
    ['in parts', () => parts('related', ['text/html', '<style>p{}</style><p>It is <b>urgent</b>.</p>'])],
    [
      'beside an empty text',
      () => parts('alternative', ['text/plain', ' '], ['text/html', '<p>It is <b>urgent</b>.</p>']),
    ],
  ])('has text and no markup where there is HTML %s', async (_, bytes) => {
    expect((await read(bytes())).text).toBe('It is urgent.');
  });

  test('keeps the words of a message whose boundary never comes', async () => {
    const letter = await read(
      raw(['Content-Type: multipart/mixed; boundary="never"'], 'They are in our network.'),
    );
    expect(letter.text).toBe('They are in our network.');
    expect(letter.defects).toContain('structure-lost');
  });

  test('has NUL and halves of pairs as U+FFFD, which Postgres can keep', async () => {
    const letter = await read(raw(['Subject: a\0b', 'From: =?utf-8?q?x=00y?= <x@y.example>'], 'c\0d'));
    expect([letter.subject, letter.from[0]?.name, letter.text]).toEqual(['a\uFFFDb', 'x\uFFFDy', 'c\uFFFDd']);
  });

  test('names its attachments safely, with size and digest, and keeps no content', async () => {
    const { attachments } = await read(
      raw(
        ['Content-Type: multipart/mixed; boundary=b'],
        [
          ...['--b', 'Content-Type: application/x-evil', '', 'one'],
          ...['--b', 'Content-Disposition: attachment; filename="../../.ssh/id\u202Egpj.exe"', '', 'two'],
          '--b--',
        ].join('\n'),
      ),
    );
    expect(attachments).toEqual([
      {
        filename: 'unnamed',
        contentType: 'application/x-evil',
        size: 3,
        sha256: '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
      },
      {
        filename: 'idgpj.exe',
        contentType: expect.any(String),
        size: 3,
        sha256: '3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3',
      },
    ]);
  });

  test('takes no words out of a message that it encloses', async () => {
    const letter = await read(
      parts('mixed', ['text/plain', 'see below'], ['message/rfc822', 'Subject: inner\n\ntheir words']),
    );
    expect(letter.text).toBe('see below');
    expect(letter.enclosed).toMatchObject([{ contentType: 'message/rfc822' }]);
  });

  test('is cut where it is too long, and says so', async () => {
    const letter = await read(raw([`Subject: ${'s'.repeat(20_000)}`], '🔔'.repeat(LIMITS.textLength)));
    expect(letter.defects).toEqual(expect.arrayContaining(['text-cut', 'header-cut']));
    expect(letter.subject).toHaveLength(LIMITS.headerLength);
    expect(letter.text).toHaveLength(LIMITS.textLength);
    expect(letter.text.endsWith('🔔')).toBe(true);
  });
});

describe('a sample', () => {
  test.each([
    ['mime/attachment_pdf', 'Just attaching another PDF', 'broken.pdf'],
    ['mime/ks_c_5601-1987', '스티해', undefined],
    ['mime/japanese_attachment', 'testing', 'てすと.txt'],
    ['mime/encoding_madness', 'Body Text', undefined],
    ['mime/missing_content_disposition', '', 'unnamed'],
    ['mime/header_fields_with_empty_values', '\n\n--\nJørn Støylen', undefined],
    ['mime/basic_email', 'Plain email.', undefined],
    ['mime/raw_email_reply', 'Message body', undefined],
    ['mime/example13', 'This is a message just to say hello.', undefined],
  ])('%s is read', async (name, beginning, filename) => {
    const { text, attachments } = await read(sample(name));
    expect(text.slice(0, beginning.length)).toBe(beginning);
    expect(attachments[0]?.filename).toBe(filename);
  });
});

describe('what cannot be read', () => {
  const envelope = [
    'Message-ID: <7@participant.example>',
    'From: Anna <anna@participant.example>',
    'Subject: =?utf-8?q?Schl=C3=BCssel?=',
    'Date: Thu, 29 Apr 2027 23:30:00 +0200',
  ];
  const isKnown = {
    messageId: '<7@participant.example>',
    from: [{ address: 'anna@participant.example' }],
    subject: 'Schlüssel',
    dateMs: Date.UTC(2027, 3, 29, 21, 30),
  };

  test('for it is too large is unreadable, with its envelope', async () => {
    const message = await reader.read(raw(envelope, 'x'.repeat(LIMITS.bytes)));
    expect(message).toMatchObject({ unreadable: 'too-large', ...isKnown });
  });

  test('for it has more parts than anybody means is unreadable, with its envelope', async () => {
    const many = Array.from({ length: LIMITS.parts + 1 }, () => '--b\n\nx').join('\n');
    const message = await reader.read(raw([...envelope, 'Content-Type: multipart/mixed; boundary=b'], many));
    expect(message).toMatchObject({ unreadable: 'malformed', ...isKnown });
    expect((await read(sample('mime/basic_email'))).subject).toBe('Testing 123');
  });

  test('in time is unreadable, with its envelope', async () => {
    const hasty = createReader({ timeoutMs: 1 });
    const message = await hasty.read(raw(envelope, 'line\n'.repeat(1_000_000)));
    await hasty.close();
    expect(message).toMatchObject({ unreadable: 'too-slow', ...isKnown });
  });

  test('in its memory is unreadable, and the next message is read by a new thread', async () => {
    const deaths: string[] = [];
    const small = createReader({ heapMb: 48, tellDeath: (cause) => deaths.push(cause) });
    const html = `<p>${'ü<br>'.repeat(300_000)}</p>`;
    const messages = await Promise.all([
      small.read(raw([...envelope, 'Content-Type: text/html; charset=utf-8'], html)),
      small.read(sample('mime/basic_email')),
    ]);
    await small.close();
    expect(messages).toMatchObject([
      { unreadable: 'too-much-memory', ...isKnown },
      { subject: 'Testing 123', text: expect.stringContaining('Hope it works well!') },
    ]);
    expect(deaths).toEqual(['Error ERR_WORKER_OUT_OF_MEMORY']);
  });

  test('after closing is told, and does not hang', async () => {
    const closed = createReader();
    await closed.close();
    expect(await closed.read(raw(envelope, 'x'))).toMatchObject({ unreadable: 'no-reader', ...isKnown });
  });
});

describe('whatever the bytes are', () => {
  test('a message is read or unreadable, within bounds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 2000 }), mutated()), async (bytes) => {
        const message = await reader.read(bytes);
        const words = JSON.stringify({ ...message, headers: [...message.headers] });
        expect(words).not.toMatch(/\\u0000|\\ud[89a-f]/i);
        expect(words.length).toBeLessThan(20 * bytes.length + 10_000);
        if (isUnreadable(message)) return;
        expect(message.text.length).toBeLessThanOrEqual(LIMITS.textLength);
        const kind = kindOf(message, OURS);
        const answer = mayAnswerAutomatically(message, kind, OURS);
        expect('to' in answer ? [kind.kind, answer.to] : []).toEqual(
          'to' in answer ? ['ordinary', message.returnPath] : [],
        );
        const ids = threadHints(message, OURS).flatMap((hint) =>
          hint.by === 'message-id' ? hint.messageId : [],
        );
        expect(ids.every((id) => /^<[^<>\s]+>$/.test(id))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  /** A sample with some stretches lost, doubled or overwritten. */
  function mutated(): fc.Arbitrary<Uint8Array> {
    const samples = [...sampleNames('bounces'), ...sampleNames('mime')].map(sample);
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      lost: fc.integer({ min: 0, max: 200 }),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 50 }),
        fc
          .constantFrom(
            '\r\n\r\n',
            '--',
            '=?utf-8?b?',
            '\0',
            'Content-Type: multipart/mixed; boundary=""\r\n',
          )
          .map((text) => Buffer.from(text)),
      ),
    });
    return fc
      .tuple(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 8 }))
      .map(([bytes, changes]) =>
        changes.reduce<Uint8Array>((before, { at, lost, put }) => {
          const index = Math.floor(at * before.length);
          return Buffer.concat([before.slice(0, index), put, before.slice(index + lost)]);
        }, bytes),
      );
  }
});

function parts(kind: string, ...contents: readonly (readonly [type: string, content: string])[]): Buffer {
  const bodies = contents.flatMap(([type, content]) => ['--b', `Content-Type: ${type}`, '', content]);
  return raw([`Content-Type: multipart/${kind}; boundary=b`], [...bodies, '--b--'].join('\n'));
}
