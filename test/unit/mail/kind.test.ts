import { describe, expect, test } from 'vitest';

import { kindOf } from '../../../src/mail/kind.ts';
import { LIMITS } from '../../../src/mail/limits.ts';
import { parse } from '../../../src/mail/parsing.ts';
import { letter, OURS, sample, sampleNames } from '../../support/letters.ts';

describe('a bounce', () => {
  /** Sample → kind, whom it names with action and status, and the Message-ID of what comes back. */
  const rows: readonly (readonly [string, 'bounce' | 'delayed', readonly string[], string | null])[] = [
    [
      'amazonses-07',
      'bounce',
      ['6@neko.nyaan.example.org failed 5.7.6'],
      '<01010157b84bc5a4-2cf4492a-1246-49f9-8a70-ca69d565e746-000000@us-west-2.amazonses.com>',
    ],
    ['domino-01', 'bounce', ['kijitora@example.jp failed'], null],
    [
      'dragonfly-07',
      'bounce',
      ['contenterror@libsisimai.net failed 5.6.0'],
      '<66681795.e0724.764d9012@df.example.jp>',
    ],
    [
      'exchange2007-03',
      'bounce',
      ['kijitora@neko.example.com failed 5.2.3'],
      '<20100429233445.FF00FFEE0000@r2.example.org>',
    ],
    [
      'exim-05',
      'bounce',
      ['kijitora@neko.example.co.jp failed 5.1.1'],
      '<19990429233445.000000@mx4.example.org>',
    ],
    ['exim-38', 'delayed', ['kijitora@example.co.jp delayed'], null],
    ['ezweb-05', 'bounce', ['this-local-part-does-not-exist-on-the-server@ezweb.ne.jp failed'], null],
    [
      'gmail-17',
      'delayed',
      ['mikeneko@libsisimai.org delayed'],
      '<CAByYQsHq=c+uz-ubnN2pG3n256yS7P18KDbG6oStGF5bChUhyw@mail.google.example.com>',
    ],
    [
      'googlegroups-10',
      'bounce',
      ['libsisimai@googlegroups.com failed'],
      '<51E2AB79-95D6-4371-95E6-808D34B37539@example.jp>',
    ],
    ['mailru-10', 'bounce', ['neko@sijo.example.jp failed'], '<1529051794.476489614@f373.i.mail.ru>'],
    [
      'messagingserver-03',
      'bounce',
      ['sabineko@example.org failed 5.0.0', 'mikeneko@example.org failed 5.0.0'],
      '<000000000000000000@example.org>',
    ],
    ['mfilter-02', 'bounce', ['kijitora@example.co.jp failed 5.1.1'], '<000000000000@exmaple.jp>'],
    ['mimecast-01', 'bounce', ['sabineko@neko.ef.example.org failed 5.4.1'], null],
    ['office365-01', 'bounce', ['kijitora@example.com failed 5.1.10'], '<FFFFFFFF.EEEEEEEE@example.ed.jp>'],
    [
      'opensmtpd-06',
      'delayed',
      ['nekochan@libsisimai.org delayed 4.4.7'],
      '<201612140903.uBE938DJ094645@nyaan.example.jp>',
    ],
    [
      'postfix-08',
      'bounce',
      ['kijitora@example.com failed 4.4.1'],
      '<143E20AB-3911-4809-8B49-BB1A17513571@mail.ru>',
    ],
    ['postfix-75', 'bounce', ['kijitora@libsisimai.net failed 4.3.0'], null],
    [
      'qmail-25',
      'bounce',
      ['mailboxfull@libsisimai.net failed 5.2.2', 'userunknown@libsisimai.net failed 5.1.1'],
      '<20240626063258.85881.qmail@email.example.jp>',
    ],
    [
      'sendmail-29',
      'delayed',
      ['this-local-part-does-not-exist-on-the-system@y-mobile.ne.jp delayed 4.5.0'],
      '<54341A75-5EF4-4F06-9C5D-56D36A9283FC@example.jp>',
    ],
    [
      'verizon-02',
      'bounce',
      ['may-be-straycat-nyaaaaaan@vtext.com failed'],
      '<20140429222222.22222.qmail@sabineko.example.com>',
    ],
    ['x6-02', 'bounce', ['kijitora@libsisimai.org failed 5.1.1'], null],
    [
      'yahoo-07',
      'bounce',
      ['otsu-sakaba-hunter-neko-nyaaaaaaan@ezweb.ne.jp failed'],
      '<D36444F0-C76F-43F3-9E73-85D657DE6176@yahoo.com>',
    ],
    [
      'yandex-03',
      'bounce',
      ['kijitora@6jo.example.jp failed 4.4.1'],
      '<623501417887788@web9g.yandex.example.com>',
    ],
  ];

  test.each(rows)('of %s is told, with whom it could not reach', async (name, kind, named, original) => {
    const found = kindOf(await parse(sample(`bounces/lhost-${name}`)), OURS);
    expect(found.kind).toBe(kind);
    const report = 'report' in found ? found.report : undefined;
    expect(
      report?.recipients.map(({ address, action, status }) => [address, action, status].join(' ').trim()),
    ).toEqual(named);
    expect(report?.originalMessageId).toBe(original);
  });

  test('carries the words of the far server', async () => {
    const found = kindOf(await parse(sample('bounces/lhost-exim-05')), OURS);
    expect('report' in found && found.report?.recipients[0]?.diagnostic).toContain('unknown or illegal user');
  });

  test.each([
    ['that was delivered', 'delivered', '2.0.0', 'automatic'],
    ['that was relayed', 'relayed', '2.0.0', 'automatic'],
    ['that was given up', 'failed', '4.4.7', 'bounce'],
  ] as const)('is one by its action: a report %s', (_, action, status, kind) => {
    const text = `Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; bob@other.example\nAction: ${action}\nStatus: ${status}\n`;
    const found = kindOf(letter({ enclosed: [{ contentType: 'message/delivery-status', text }] }), OURS);
    expect(found).toMatchObject({
      kind,
      report: { recipients: [{ address: 'bob@other.example', action, status }] },
    });
  });

  test('names no more recipients than anybody has, however many are claimed', () => {
    const text = Array.from(
      { length: LIMITS.recipients + 1 },
      (_, index) => `Final-Recipient: rfc822; a${index}@other.example\nAction: failed\n`,
    ).join('\n');
    const found = kindOf(letter({ enclosed: [{ contentType: 'message/delivery-status', text }] }), OURS);
    expect('report' in found && found.report?.recipients).toHaveLength(LIMITS.recipients);
  });

  test('names whom we wrote to, not whom they forwarded it to', () => {
    const text =
      'Original-Recipient: rfc822;bob@other.example\nFinal-Recipient: rfc822; x@inside.example\nAction: failed';
    const found = kindOf(letter({ enclosed: [{ contentType: 'message/delivery-status', text }] }), OURS);
    expect(found).toMatchObject({ report: { recipients: [{ address: 'bob@other.example' }] } });
  });
});

describe('no bounce', () => {
  test.each(sampleNames('mime'))('is %s, which a person wrote', async (name) => {
    expect(kindOf(await parse(sample(name)), OURS).kind).toBe('ordinary');
  });

  test('is a bounce that a person forwards', async () => {
    expect(kindOf(await parse(sample('bounces/lhost-sendmail-14')), OURS).kind).toBe('ordinary');
  });

  test('is a postmaster who writes that mail could not be delivered', () => {
    const found = kindOf(
      letter({
        from: 'postmaster@participant.example',
        returnPath: 'postmaster@participant.example',
        subject: 'Spam from your network',
        text: 'Hello, our users say their mail could not be delivered since your host sends spam.',
      }),
      OURS,
    );
    expect(found.kind).toBe('ordinary');
  });
});

describe('a message', () => {
  test('of an absent person is automatic', async () => {
    expect(kindOf(await parse(sample('bounces/rfc3834-04')), OURS)).toMatchObject({ kind: 'automatic' });
  });

  test('of a feedback loop is automatic', async () => {
    expect(kindOf(await parse(sample('bounces/arf-02')), OURS)).toEqual({
      kind: 'automatic',
      why: 'feedback-report',
    });
  });

  test.each([
    ['auto-submitted', 'auto-replied; owner-email=x', 'auto-submitted'],
    ['x-autoreply', 'yes', 'autoreply-header'],
    ['precedence', 'auto_reply', 'autoreply-header'],
  ])('is automatic by %s: %s', (name, value, why) => {
    expect(kindOf(letter({ headers: { [name]: value } }), OURS)).toEqual({ kind: 'automatic', why });
  });

  test('is automatic when nothing may come back to it', () => {
    expect(kindOf(letter({ returnPath: '' }), OURS)).toEqual({ kind: 'automatic', why: 'null-return-path' });
  });

  test.each([
    ['Automatic reply: Our keys', 'All', 'automatic'],
    ['Automatic reply: Our keys', 'DR, RN', 'ordinary'],
    ['Our keys are out', 'All', 'ordinary'],
    ['Out of office: the intruder read it', undefined, 'ordinary'],
  ])('"%s" that asks to suppress %s is %s', (subject, suppress, kind) => {
    const headers = suppress === undefined ? {} : { 'x-auto-response-suppress': suppress };
    expect(kindOf(letter({ subject, headers }), OURS).kind).toBe(kind);
  });

  test('that says it is not automatic is none', () => {
    expect(kindOf(letter({ headers: { 'auto-submitted': 'no' } }), OURS).kind).toBe('ordinary');
  });

  test.each([
    ['list-id', '<soc.participant.example>', 'list'],
    ['list-post', '<mailto:soc@participant.example>', 'list'],
    ['precedence', 'list', 'list'],
    ['precedence', 'bulk', 'bulk'],
    ['list-unsubscribe', '<mailto:x@participant.example>', 'bulk'],
  ])('with %s: %s is of a %s', (name, value, kind) => {
    expect(kindOf(letter({ headers: { [name]: value } }), OURS).kind).toBe(kind);
  });

  test.each(['owner-soc@participant.example', 'soc-bounces+anna=p.example@participant.example'])(
    'from %s is of a list',
    (returnPath) => {
      expect(kindOf(letter({ returnPath }), OURS).kind).toBe('list');
    },
  );

  test.each([
    [{ headers: { 'x-tocsin': 'installation-1' } }, { kind: 'own', why: 'our-mark' }],
    [{ headers: { 'x-tocsin': 'of somebody else' } }, { kind: 'ordinary' }],
    [{ from: 'IR+INC-2026-0001@csirt.example' }, { kind: 'own', why: 'our-address' }],
  ])('is ours by mark or address: %o', (parts, kind) => {
    expect(kindOf(letter(parts), OURS)).toMatchObject(kind);
  });
});
