import { createHash, generateKeyPairSync } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { sealMessage } from 'mailauth/lib/arc/index.js';
import DKIM from 'nodemailer/lib/dkim';
import { describe, expect, test } from 'vitest';
import { authenticate, type AuthenticationOptions } from '../../../src/mail/authentication.ts';
import type { Resolver } from '../../../src/mail/authentication/lookups.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const KEY_RECORD = `v=DKIM1; k=rsa; p=${publicKey.toString('base64')}`;

type Zone = Readonly<Record<string, readonly unknown[]>>;

/** What the world publishes about example.org, which signs its mail and sends from one address. */
const ZONE: Zone = {
  'TXT key._domainkey.example.org': [[KEY_RECORD]],
  'TXT key._domainkey.mail.example.org': [[KEY_RECORD]],
  'TXT key._domainkey.attacker.example': [[KEY_RECORD]],
  'TXT example.org': [['v=spf1 ip4:192.0.2.25 -all']],
  'TXT attacker.example': [['v=spf1 ip4:203.0.113.66 -all']],
  'TXT _dmarc.example.org': [['v=DMARC1; p=reject']],
};

const SIGNED = { domainName: 'example.org', keySelector: 'key', privateKey };

describe('what a mail is worth', () => {
  test('signed by its domain it is from there, whatever way it took', async () => {
    const found = await judge({ bytes: await signed(MAIL) });
    expect(found).toMatchObject({
      from: 'verified',
      fromAddress: 'anna@example.org',
      spf: { result: 'none' },
      dkim: [{ domain: 'example.org', result: 'pass' }],
      dmarc: { result: 'pass', policy: 'reject' },
      arc: 'none',
    });
    expect(found.summary).toBe(
      'From verified: spf=none, dkim=pass (example.org), dmarc=pass (p=reject), arc=none',
    );
  });

  test('handed over by its domain’s own server it is from there, without a signature', async () => {
    const found = await judge({ bytes: MAIL, remoteAddress: '192.0.2.25', mailFrom: 'bounce@example.org' });
    expect(found).toMatchObject({
      from: 'verified',
      spf: { result: 'pass', domain: 'example.org' },
      dkim: [],
    });
  });

  test('neither signed nor from its server it is not, and the domain’s wish is told', async () => {
    const found = await judge({
      bytes: MAIL,
      remoteAddress: '203.0.113.66',
      mailFrom: 'anna@example.org',
    });
    expect(found).toMatchObject({
      from: 'unverified',
      spf: { result: 'fail', domain: 'example.org' },
      dmarc: { result: 'fail', policy: 'reject' },
    });
  });

  test('altered on its way it is not', async () => {
    const altered = (await signed(MAIL)).toString().replace('port 22', 'port 23');
    const found = await judge({ bytes: Buffer.from(altered) });
    expect(found).toMatchObject({
      from: 'unverified',
      dkim: [{ domain: 'example.org', result: 'fail' }],
      dmarc: { result: 'fail', policy: 'reject' },
    });
  });

  test('with another subject it is not', async () => {
    const altered = (await signed(MAIL)).toString().replace('Subject: A scan', 'Subject: No scan');
    expect(await judge({ bytes: Buffer.from(altered) })).toMatchObject({
      from: 'unverified',
      dkim: [{ result: 'fail' }],
    });
  });

  test('with line breaks that a mailbox has made short it still is', async () => {
    const bytes = Buffer.from((await signed(MAIL)).toString().replaceAll('\r\n', '\n'));
    expect(await judge({ bytes })).toMatchObject({ from: 'verified' });
  });

  test('signed and sent by somebody else it is theirs, not the one it names', async () => {
    const found = await judge({
      bytes: await signed(MAIL, { ...SIGNED, domainName: 'attacker.example' }),
      remoteAddress: '203.0.113.66',
      mailFrom: 'x@attacker.example',
    });
    expect(found).toMatchObject({
      from: 'unverified',
      spf: { result: 'pass', domain: 'attacker.example' },
      dkim: [{ domain: 'attacker.example', result: 'pass' }],
      dmarc: { result: 'fail', policy: 'reject' },
    });
  });

  test('a domain without a policy of its own is believed what it signed, and no server’s word', async () => {
    const { 'TXT _dmarc.example.org': _, ...zone } = ZONE;
    expect(await judge({ bytes: await signed(MAIL), zone })).toMatchObject({
      from: 'verified',
      dmarc: { result: 'none', policy: null },
    });
    expect(
      await judge({ bytes: MAIL, remoteAddress: '192.0.2.25', mailFrom: 'anna@example.org', zone }),
    ).toMatchObject({ from: 'unverified', spf: { result: 'pass' } });
  });

  test('a policy that asks for the very domain is not met by one below it', async () => {
    const bytes = await signed(MAIL, { ...SIGNED, domainName: 'mail.example.org' });
    expect(await judge({ bytes })).toMatchObject({ from: 'verified' });
    const zone = { ...ZONE, 'TXT _dmarc.example.org': [['v=DMARC1; p=reject; adkim=s; aspf=s']] };
    expect(await judge({ bytes, zone })).toMatchObject({
      from: 'unverified',
      dkim: [{ domain: 'mail.example.org', result: 'pass' }],
      dmarc: { result: 'fail' },
    });
    expect(await judge({ bytes: await signed(MAIL), zone })).toMatchObject({ from: 'verified' });
  });

  test.each([
    ['two From addresses', 'From: anna@example.org, mallory@attacker.example'],
    ['two From fields', 'From: anna@example.org\r\nFrom: mallory@attacker.example'],
    ['no From', 'X-From: anna@example.org'],
  ])('of %s none is verified', async (_, from) => {
    const bytes = await signed(Buffer.from(MAIL.toString().replace(/From: [^\r]+/, from)));
    expect(await judge({ bytes })).toMatchObject({ from: 'unverified', fromAddress: null });
  });
});

describe('signatures that prove nothing', () => {
  test('one that leaves out From', async () => {
    const bytes = await signed(MAIL, { ...SIGNED, headerFieldNames: 'Subject:Date' });
    expect(await judge({ bytes })).toMatchObject({ from: 'unverified', dkim: [{ result: 'policy' }] });
  });

  test('one of a part of the body', async () => {
    const bytes = Buffer.from((await signed(MAIL)).toString().replace('; bh=', '; l=10; bh='));
    expect(await judge({ bytes })).toMatchObject({ from: 'unverified', dkim: [{ result: 'policy' }] });
  });

  test('one by a hash that is broken', async () => {
    const bytes = await signed(MAIL, { ...SIGNED, hashAlgo: 'sha1' });
    expect(await judge({ bytes })).toMatchObject({ from: 'unverified', dkim: [{ result: 'policy' }] });
  });

  test('more of them than an honest mail has are not looked at', async () => {
    const one = (await signed(MAIL)).toString();
    const signature = one.slice(0, one.indexOf('\r\nFrom:') + 2);
    const asked: string[] = [];
    const found = await judge({ bytes: Buffer.from(signature.repeat(100) + one), asked });
    expect(found.dkim.filter(({ result }) => result === 'pass')).toHaveLength(10);
    expect(found.dkim.length).toBeLessThanOrEqual(20);
    expect(asked.filter((name) => name === 'TXT key._domainkey.example.org')).toHaveLength(1);
  });

  test('one over a line without end, which takes minutes to hash', async () => {
    const of = async (bytes: number) =>
      await judge({
        bytes: await signed(Buffer.concat([MAIL, Buffer.alloc(bytes, 'x'), Buffer.from('\r\n')])),
      });
    expect(await of(900_000)).toMatchObject({ from: 'verified' });
    expect(await of(1_100_000)).toMatchObject({
      from: 'unverified',
      dkim: [{ result: 'policy' }],
      arc: 'unchecked',
    });
  });

  test('what others say that they found', async () => {
    const claim = 'Authentication-Results: mx.ours.example; dkim=pass header.d=example.org; dmarc=pass\r\n';
    expect(await judge({ bytes: Buffer.concat([Buffer.from(claim), MAIL]) })).toMatchObject({
      from: 'unverified',
    });
  });
});

describe('a DNS that does not answer', () => {
  test.each([
    ['refuses', () => Promise.reject(Object.assign(new Error('refused'), { code: 'EREFUSED' }))],
    [
      'throws',
      () => {
        throw new TypeError('broken');
      },
    ],
    ['is silent', () => new Promise<never>(() => {})],
    ['answers nonsense', () => Promise.resolve(7 as never)],
  ])(
    'that %s leaves it open: nothing is thrown, nothing is wrong, nothing is verified',
    async (_, resolver) => {
      const found = await authenticate(await signed(MAIL), {
        resolver: resolver as Resolver,
        ourHosts: [],
        remoteAddress: '192.0.2.25',
        mailFrom: 'anna@example.org',
        bounds: { lookups: 40, totalMs: 200 },
      });
      expect(found).toMatchObject({
        from: 'unverified',
        spf: { result: 'temperror' },
        dmarc: { result: 'temperror', policy: null },
      });
      expect(found.dkim.every(({ result }) => result === 'temperror')).toBe(true);
    },
  );

  test('and only for the key leaves open whether the policy is met', async () => {
    const bytes = await signed(MAIL);
    const { 'TXT key._domainkey.example.org': _, ...zone } = ZONE;
    expect(await judge({ bytes, zone, isSilentElsewhere: true })).toMatchObject({
      from: 'unverified',
      dkim: [{ result: 'temperror' }],
      dmarc: { result: 'temperror', policy: 'reject' },
    });
  });

  test('a mail cannot make us ask without end', async () => {
    const hosts = Array.from({ length: 60 }, (_, index) => ({
      priority: index,
      exchange: `mx${index}.example.org`,
    }));
    const zone = {
      ...ZONE,
      'TXT example.org': [['v=spf1 mx a:a.example.org -all']],
      'MX example.org': hosts,
    };
    const asked: string[] = [];
    const found = await judge({
      bytes: MAIL,
      zone,
      asked,
      remoteAddress: '203.0.113.66',
      mailFrom: 'anna@example.org',
    });
    expect(asked.length).toBeLessThanOrEqual(40);
    expect(found.from).toBe('unverified');
  });
});

describe('who handed it over, where only our servers’ stamps say it', () => {
  const ours =
    'Received: from mail.example.org (mail.example.org [192.0.2.25])\r\n\t(using TLSv1.3 with cipher AES (256/256 bits))\r\n\tby mx.ours.example (Postfix) with ESMTPS id 1; Wed, 25 Nov 2026 10:00:00 +0000\r\n';
  const inside =
    'Received: from mx.ours.example (mx.ours.example [198.51.100.5]) by imap.ours.example with LMTP id 2; Wed, 25 Nov 2026 10:00:01 +0000\r\n';
  const attacker = ours.replace('mail.example.org [192.0.2.25]', 'unknown [203.0.113.66]');
  const returnPath = 'Return-Path: <anna@example.org>\r\n';
  const ourHosts = ['mx.ours.example', 'imap.ours.example'];

  test.each([
    ['the first of ours, past those inside', returnPath + inside + ours, 'pass'],
    [
      'as Exim writes it',
      `${returnPath}Received: from [192.0.2.25] (helo=mail.example.org) by mx.ours.example`,
      'none',
    ],
    [
      'as Exim writes it, with a name',
      `${returnPath}Received: from mail.example.org ([192.0.2.25] helo=mail.example.org) by mx.ours.example; x\r\n`,
      'pass',
    ],
    ['a stranger’s server', returnPath + attacker, 'fail'],
    ['a stamp that a stranger wrote below', returnPath + attacker + inside + ours, 'fail'],
    ['a stranger’s stamp on top', returnPath + ours.replace('mx.ours.example', 'mx.other.example'), 'none'],
    ['a return path that the sender wrote', attacker + returnPath, 'none'],
  ])('%s', async (_, stamps, result) => {
    const found = await judge({
      bytes: Buffer.concat([Buffer.from(`${stamps.trimEnd()}\r\n`), MAIL]),
      ourHosts,
    });
    expect(found.spf.result).toBe(result);
    expect(found.from).toBe(result === 'pass' ? 'verified' : 'unverified');
  });
});

describe('seals of ARC', () => {
  const seal = { signingDomain: 'example.org', selector: 'key', privateKey };

  test('are told, and verify nobody', async () => {
    const headers = await sealMessage(MAIL, {
      ...seal,
      cv: 'none',
      authResults: 'mx.example.org; spf=pass',
    } as never);
    const bytes = Buffer.concat([headers, MAIL]);
    expect(await judge({ bytes })).toMatchObject({ arc: 'pass', from: 'unverified' });
    const altered = Buffer.from(bytes.toString().replace('port 22', 'port 23'));
    expect(await judge({ bytes: altered })).toMatchObject({ arc: 'fail' });
  });

  test.each(['__proto__', String.raw`_\_proto__`, '__pro(really)to__', '"__proto__"'])(
    'cannot write into the objects of this process by %s',
    async (name) => {
      const set = [
        `ARC-Authentication-Results: i=1; mx.example.org; spf=pass ${name}.polluted=yes`,
        'ARC-Message-Signature: i=1; a=rsa-sha256; d=example.org; s=key; bh=x; b=x',
        'ARC-Seal: i=1; a=rsa-sha256; cv=none; d=example.org; s=key; b=x',
      ];
      const bytes = Buffer.concat([Buffer.from(`${set.join('\r\n')}\r\n`), await signed(MAIL)]);
      const found = await judge({ bytes });
      expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
      expect(found).toMatchObject({ arc: 'unchecked', from: 'verified' });
    },
  );
});

describe('anything else', () => {
  test('that was altered in its body is from nobody, and nothing is thrown wherever it was', async () => {
    const whole = await signed(MAIL);
    const bodyAt = whole.indexOf('\r\n\r\n') + 4;
    const put = fc.uint8Array({ minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.nat(), put, async (at, bytes) => {
        const found = await judge({ bytes: altered(whole, at, bytes) });
        expect(JSON.parse(JSON.stringify(found))).toEqual(found);
        const body = altered(whole.subarray(bodyAt), at, bytes);
        // Blanks at the ends of lines, and empty lines at the end, may come and go: the signature says so.
        fc.pre(
          body.toString('latin1').replaceAll(/\s+/g, '') !==
            whole.toString('latin1', bodyAt).replaceAll(/\s+/g, ''),
        );
        const forged = Buffer.concat([whole.subarray(0, bodyAt), body]);
        expect(await judge({ bytes: forged })).toMatchObject({
          from: 'unverified',
          dkim: [{ result: 'fail' }],
        });
      }),
      { numRuns: 100 },
    );
  });

  test('bytes that are no mail are worth nothing, and can be stored', async () => {
    const inputs = [
      Buffer.alloc(0),
      Buffer.from('\r\n\r\nbody'),
      Buffer.from([0, 255, 10, 10, 0]),
      Buffer.from(`From: a@b.example\r\n${'X'.repeat(300_000)}: 1\r\n\r\n`),
      Buffer.from('DKIM-Signature: ;;;=\r\nFrom: \0@\u{FFFD}\r\n\r\n'),
      createHash('sha512').update('x').digest(),
    ];
    for (const bytes of inputs) {
      const found = await judge({ bytes, remoteAddress: 'not an address', mailFrom: '"\0' });
      expect(found.from).toBe('unverified');
      expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    }
  });
});

const MAIL = Buffer.from(
  [
    'From: Anna <anna@example.org>',
    'To: csirt@ours.example',
    'Subject: A scan',
    'Date: Wed, 25 Nov 2026 10:00:00 +0000',
    'Message-ID: <1@example.org>',
    '',
    'Somebody scans port 22 here.',
    '',
  ].join('\r\n'),
);

function altered(sample: Buffer, at: number, put: Uint8Array): Buffer {
  const from = at % sample.length;
  return Buffer.concat([sample.subarray(0, from), put, sample.subarray(from + put.length)]);
}

interface Judged extends Partial<Omit<AuthenticationOptions, 'resolver'>> {
  readonly bytes: Uint8Array;
  readonly zone?: Zone;
  /** Filled with what was asked for. */
  readonly asked?: string[];
  readonly isSilentElsewhere?: boolean;
}

async function judge({ bytes, zone = ZONE, asked = [], isSilentElsewhere = false, ...rest }: Judged) {
  return await authenticate(bytes, {
    ourHosts: [],
    resolver: (name, type) => {
      asked.push(`${type} ${name}`);
      const answer = zone[`${type} ${name}`];
      if (answer !== undefined) return Promise.resolve(answer);
      return Promise.reject(
        Object.assign(new Error(name), { code: isSilentElsewhere ? 'ESERVFAIL' : 'ENOTFOUND' }),
      );
    },
    ...rest,
  });
}

async function signed(
  mail: Buffer,
  options: ConstructorParameters<typeof DKIM>[0] = SIGNED,
): Promise<Buffer> {
  return await buffer(new DKIM(options).sign(mail));
}
