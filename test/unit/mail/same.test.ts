import { describe, expect, test } from 'vitest';

import { parse } from '../../../src/mail/parsing.ts';
import { contentDigest } from '../../../src/mail/same.ts';
import { raw } from '../../support/letters.ts';

const WRITTEN = [
  'Message-ID: <1@participant.example>',
  'From: Anna <anna@participant.example>',
  'Subject: The key is out',
  'Date: Thu, 29 Apr 2027 23:30:00 +0200',
  'MIME-Version: 1.0',
];
const UTF_8 = 'Content-Type: text/plain; charset=utf-8';

async function digestOf(bytes: Buffer): Promise<string> {
  return contentDigest(await parse(bytes), bytes);
}

describe('two copies of a message', () => {
  test('by different routes have one digest, also where a relay encoded it anew', async () => {
    const direct = raw([...WRITTEN, UTF_8], 'Grüße\nAnna\n');
    const relayed = raw(
      [
        'Return-Path: <anna@participant.example>',
        'Received: from a by b; Thu, 29 Apr 2027 23:31:00 +0200',
        'X-Spam-Score: 0.1',
        ...WRITTEN,
        'Content-Type: text/plain; charset=iso-8859-1',
        'Content-Transfer-Encoding: quoted-printable',
      ],
      'Gr=FC=DFe  \nAnna\n\n\n',
    );
    expect(await digestOf(relayed)).toBe(await digestOf(direct));
  });

  test('have one digest where a relay gave one of them a Message-ID', async () => {
    const [, ...without] = WRITTEN;
    expect(await digestOf(raw([...without, UTF_8], 'x'))).toBe(await digestOf(raw([...WRITTEN, UTF_8], 'x')));
  });
});

describe('two messages under one Message-ID', () => {
  const first = raw([...WRITTEN, UTF_8], 'Pay no heed.');
  const attached = (content: string): Buffer =>
    raw(
      [...WRITTEN, 'Content-Type: multipart/mixed; boundary=b'],
      `--b\n\nPay no heed.\n--b\nContent-Type: application/pdf\n\n${content}\n--b--`,
    );
  const alternative = (html: string): Buffer =>
    raw(
      [...WRITTEN, 'Content-Type: multipart/alternative; boundary=b'],
      `--b\n\nPay no heed.\n--b\nContent-Type: text/html\n\n${html}\n--b--`,
    );

  test.each([
    ['words', first, raw([...WRITTEN, UTF_8], 'Pay much heed.')],
    ['files', attached('one'), attached('two')],
    ['markup', alternative('<p>Pay no heed.'), alternative('<p>Pay me.')],
    [
      'a sender',
      first,
      raw([...WRITTEN.map((line) => line.replace('anna@', 'eve@')), UTF_8], 'Pay no heed.'),
    ],
    ['a date', first, raw([...WRITTEN.map((line) => line.replace('23:30', '23:40')), UTF_8], 'Pay no heed.')],
    [
      'words behind the cut',
      raw([...WRITTEN], `${'x'.repeat(600_000)}1`),
      raw([...WRITTEN], `${'x'.repeat(600_000)}2`),
    ],
  ])('with other %s have two digests', async (_, one, other) => {
    expect(await digestOf(one)).not.toBe(await digestOf(other));
  });
});

test('an unreadable message has a digest of its bytes', async () => {
  const bytes = raw([...WRITTEN, UTF_8], 'x');
  const { text: _text, attachments: _attachments, ...envelope } = await parse(bytes);
  const digest = contentDigest({ ...envelope, unreadable: 'too-slow' }, bytes);
  expect(digest).not.toBe(await digestOf(bytes));
  expect(digest).toBe(contentDigest({ ...envelope, unreadable: 'too-slow' }, raw(['X: y', ...WRITTEN], 'x')));
});
