import { describe, expect, it } from 'vitest';
import { createEgress } from '../../src/egress.ts';
import { isPublicAddress } from '../../src/egress/address.ts';
import { retryAfterMs } from '../../src/egress/retry-after.ts';
import { targetOf } from '../../src/egress/target.ts';

/** Names as an attacker’s zone would answer for them. */
const ZONE: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'metadata.google.internal': ['169.254.169.254'],
  'metadata.google.internal.': ['169.254.169.254'],
  '127.0.0.1.nip.example': ['127.0.0.1'],
  'inside.example': ['10.1.2.3'],
  'inside6.example': ['fd00::1'],
  'mixed.example': ['93.184.216.34', '10.1.2.3'],
  'mixed6.example': ['2606:2800:220:1::1', '::1'],
  'mapped.example': ['::ffff:10.0.0.1'],
  'nat64.example': ['64:ff9b::a9fe:a9fe'],
  'zero.example': ['0.0.0.0'],
  'xn--bcher-kva.example': ['192.168.1.1'],
  'db.internal': ['172.20.0.5'],
  kubernetes: ['10.96.0.1'],
};

/** Spelling → why it is not visited. */
const SPELLINGS: readonly (readonly [url: string, reason: string])[] = [
  // The same four loopback addresses, in every writing that some parser takes.
  ['https://127.0.0.1/', 'address'],
  ['https://127.0.0.1./', 'address'],
  ['https://127.1/', 'address'],
  ['https://127.0.1/', 'address'],
  ['https://2130706433/', 'address'],
  ['https://0x7f000001/', 'address'],
  ['https://0x7f.0x0.0x0.0x1/', 'address'],
  ['https://0X7F.1/', 'address'],
  ['https://0177.0.0.1/', 'address'],
  ['https://017700000001/', 'address'],
  ['https://0177.0x0.1/', 'address'],
  ['https://127.000.000.001/', 'address'],
  ['https://127.255.255.254/', 'address'],
  ['https://%31%32%37.0.0.1/', 'address'],
  ['https://①②⑦.⓪.⓪.①/', 'address'],
  ['https://127。0。0。1/', 'address'],
  ['https:\\\\127.0.0.1\\', 'address'],
  ['https:127.0.0.1', 'address'],
  ['https:///127.0.0.1/', 'address'],
  ['HTTPS://LOCALHOST/', 'address'],
  ['https://localhost/', 'address'],
  ['https://localhost./', 'address'],
  ['https://127.0.0.1.nip.example/', 'address'],
  // IPv6.
  ['https://[::1]/', 'address'],
  ['https://[0:0:0:0:0:0:0:1]/', 'address'],
  ['https://[::]/', 'address'],
  ['https://[::ffff:127.0.0.1]/', 'address'],
  ['https://[::ffff:7f00:1]/', 'address'],
  ['https://[0:0:0:0:0:ffff:10.0.0.1]/', 'address'],
  ['https://[::127.0.0.1]/', 'address'],
  ['https://[64:ff9b::169.254.169.254]/', 'address'],
  ['https://[64:ff9b:1::a00:1]/', 'address'],
  ['https://[2002:7f00:1::]/', 'address'],
  ['https://[2002:a9fe:a9fe::1]/', 'address'],
  ['https://[2001:0:7f00:1::]/', 'address'],
  ['https://[fe80::1]/', 'address'],
  ['https://[fd00:ec2::254]/', 'address'],
  ['https://[fc00::1]/', 'address'],
  ['https://[fec0::1]/', 'address'],
  ['https://[ff02::1]/', 'address'],
  ['https://[2001:db8::1]/', 'address'],
  ['https://[100::1]/', 'address'],
  ['https://[fe80::1%25eth0]/', 'invalid-url'],
  // Where clouds and offices keep what is theirs.
  ['https://169.254.169.254/latest/meta-data/', 'address'],
  ['https://2852039166/', 'address'],
  ['https://0xa9fea9fe/', 'address'],
  ['https://metadata.google.internal/computeMetadata/v1/', 'address'],
  ['https://metadata.google.internal./', 'address'],
  ['https://100.100.100.200/', 'address'],
  ['https://10.0.0.1/', 'address'],
  ['https://172.16.0.1/', 'address'],
  ['https://172.31.255.255/', 'address'],
  ['https://192.168.0.1/', 'address'],
  ['https://100.64.0.1/', 'address'],
  ['https://0.0.0.0/', 'address'],
  ['https://0/', 'address'],
  ['https://192.0.0.8/', 'address'],
  ['https://192.0.2.1/', 'address'],
  ['https://198.18.0.1/', 'address'],
  ['https://198.51.100.1/', 'address'],
  ['https://203.0.113.1/', 'address'],
  ['https://224.0.0.1/', 'address'],
  ['https://240.0.0.1/', 'address'],
  ['https://255.255.255.255/', 'address'],
  ['https://kubernetes/', 'address'],
  ['https://db.internal:5432/', 'address'],
  ['https://inside.example/', 'address'],
  ['https://inside6.example/', 'address'],
  ['https://bücher.example/', 'address'],
  // One bad answer among good ones.
  ['https://mixed.example/', 'address'],
  ['https://mixed6.example/', 'address'],
  ['https://mapped.example/', 'address'],
  ['https://nat64.example/', 'address'],
  ['https://zero.example/', 'address'],
  // Not what is spoken here.
  ['http://hooks.example/', 'scheme'],
  ['http://169.254.169.254/', 'scheme'],
  ['ftp://hooks.example/', 'scheme'],
  ['gopher://127.0.0.1:6379/_INFO', 'scheme'],
  ['file://hooks.example/etc/passwd', 'scheme'],
  ['ws://hooks.example/', 'scheme'],
  ['file:///etc/passwd', 'invalid-url'],
  ['data:text/plain,hello', 'invalid-url'],
  ['javascript:alert(1)', 'invalid-url'],
  // A name before the host, to look like another one.
  ['https://hooks.example@127.0.0.1/', 'credentials'],
  ['https://hooks.example:443@10.0.0.1/', 'credentials'],
  ['https://user:password@hooks.example/', 'credentials'],
  ['https://hooks.example%40127.0.0.1/', 'invalid-url'],
  // Not one URL.
  ['', 'invalid-url'],
  ['hooks.example', 'invalid-url'],
  ['//hooks.example/', 'invalid-url'],
  ['https://', 'invalid-url'],
  ['https://hooks.example:99999/', 'invalid-url'],
  ['https://256.256.256.256/', 'invalid-url'],
  ['https://hooks.example/\r\nHost: 127.0.0.1', 'invalid-url'],
  ['https://127.0.0.1\n.hooks.example/', 'invalid-url'],
  [' https://hooks.example/', 'invalid-url'],
  ['https://hooks.example/\0', 'invalid-url'],
];

describe('a URL that somebody gave', () => {
  const asked: string[] = [];
  const egress = createEgress({
    allowHosts: [],
    resolve: (host) => {
      asked.push(host);
      const addresses = ZONE[host] ?? [];
      return Promise.resolve(
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
  });

  it.each(SPELLINGS)('%j is not visited: %s', async (url, code) => {
    const answer = await egress.request({ method: 'GET', url, guard: 'given' });
    expect(answer).toEqual({ outcome: 'forbidden', code });
  });

  it('is tried in at least 60 spellings', () => {
    expect(SPELLINGS.length).toBeGreaterThanOrEqual(60);
  });

  it('is not asked for by name when it is an address already', async () => {
    asked.length = 0;
    await egress.request({ method: 'GET', url: 'https://0x7f000001/', guard: 'given' });
    await egress.request({ method: 'GET', url: 'https://[::1]/', guard: 'given' });
    expect(asked).toEqual([]);
  });

  it('leads nowhere when nobody knows its name', async () => {
    const answer = await egress.request({ method: 'GET', url: 'https://nowhere.example/', guard: 'given' });
    expect(answer).toEqual({ outcome: 'failed', code: 'unreachable' });
  });
});

describe('an address', () => {
  it.each(['93.184.216.34', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:2800:220:1::1', '2a00:1450::1'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each(['', 'hooks.example', '::ffff:93.184.216.34', '::5db8:d822', '4000::1', 'fe80::1%eth0', '1.2.3'])(
    '%j is not',
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );
});

describe('a host that the operator allowed by name', () => {
  it.each([
    ['http://inside.example/', ['inside.example']],
    ['http://inside.example:8080/', ['inside.example']],
    ['https://INSIDE.example./', ['inside.example']],
    ['https://inside.example/', ['Inside.Example.']],
    ['http://inside.example:8080/', ['inside.example:8080']],
    ['https://inside.example/', ['inside.example:443']],
    ['http://[::1]:8080/', ['[::1]:8080']],
    ['http://[::1]/', ['[::1]']],
  ])('%s may be visited with %j', (url, allowHosts) => {
    expect(targetOf(url, allowHosts)).toMatchObject({ isAllowedByName: true });
  });

  it.each([
    ['https://inside.example:8443/', ['inside.example:443']],
    ['https://inside.example.attacker.example/', ['inside.example']],
    ['https://notinside.example/', ['inside.example']],
    ['https://sub.inside.example/', ['inside.example']],
    ['https://inside.example/', ['*', '']],
    ['https://inside.example/', ['https://inside.example']],
  ])('%s is as strange as any other with %j', (url, allowHosts) => {
    expect(targetOf(url, allowHosts)).toMatchObject({ isAllowedByName: false });
  });

  it('still shows no password to anybody', () => {
    expect(targetOf('https://user:password@inside.example/', ['inside.example'])).toBe('credentials');
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-03-02T08:00:00Z');

  it.each([
    ['7', 7_000],
    ['0', 0],
    [' 120 ', 120_000],
    ['Mon, 02 Mar 2026 08:01:00 GMT', 60_000],
    ['Monday, 02-Mar-26 08:01:00 GMT', 60_000],
  ])('%j asks for %i ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });

  it.each([undefined, '', '-1', '1.5', 'soon', '1e9', '99999999999', 'Mon, 02 Mar 2026 07:59:00 GMT', 'v2'])(
    '%j asks for nothing',
    (header) => {
      expect(retryAfterMs(header, now)).toBeNull();
    },
  );
});
