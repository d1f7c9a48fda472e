import { describe, expect, test } from 'vitest';
import type { Mail } from '../../../src/domain/mail.ts';
import { createMailWriting, senderOf } from '../../../src/mail/writing.ts';
import { pgpPerson } from './pgp-people.ts';

const csirt = await pgpPerson('ir@csirt.example');
const anna = await pgpPerson('anna@example.org');

const write = createMailWriting({
  from: 'Example CSIRT <ir@csirt.example>',
  loop: 'installation-1',
  signer: csirt.own,
  now: () => Date.UTC(2026, 10, 25),
});

const MAIL: Mail = {
  to: 'anna@example.org',
  subject: '[INC-2026-0001] TLP:GREEN Reply to your report',
  text: 'Thank you.\n',
  messageId: '<1@csirt.example>',
  headers: { Importance: 'high' },
  replyTo: 'ir+1@csirt.example',
  inReplyTo: '<report@example.org>',
};

/** What people and programs write to get further than they should. */
const ATTACKS = {
  'CR LF': 'x\r\nBcc: mallory@example.net\r\nX-Injected: yes',
  LF: 'x\nBcc: mallory@example.net',
  CR: 'x\rBcc: mallory@example.net',
  'a whole body': 'x\r\n\r\nAnother text',
  NUL: 'x\0Bcc: mallory@example.net',
  'U+2028': 'x\u2028Bcc: mallory@example.net',
  'a vertical tab': 'x\vBcc: mallory@example.net',
  'a turn of direction': 'x\u202Egro.elpmaxe@annа\u2066',
  'an encoded word': '=?utf-8?B?DQpCY2M6IG1hbGxvcnlAZXhhbXBsZS5uZXQ=?=',
  'half a pair': 'x\uD800y',
  'a long word': 'w'.repeat(5000),
  'a long word of another script': '長'.repeat(3000),
  'addresses besides': 'a@b.example, mallory@example.net <mallory@example.net>',
} as const;

const FIELDS: Readonly<Record<string, (attack: string) => Partial<Mail>>> = {
  to: (to) => ({ to }),
  'the local part': (attack) => ({ to: `"${attack}"@example.org` }),
  'the domain': (attack) => ({ to: `anna@${attack}` }),
  subject: (subject) => ({ subject }),
  'the message id': (attack) => ({ messageId: `<1${attack}@csirt.example>` }),
  'the value of a header': (Importance) => ({ headers: { Importance } }),
  'the name of a header': (name) => ({ headers: { [name]: 'high' } }),
  'what it follows': (attack) => ({ inReplyTo: `<${attack}>` }),
  'where a reply goes': (replyTo) => ({ replyTo }),
  'the subject inside': (subject) => ({ subject, encryptedFor: [anna.armoredPublic] }),
  'the subject outside': (outerSubject) => ({ outerSubject, encryptedFor: [anna.armoredPublic] }),
  'a certificate': (attack) => ({ encryptedFor: [attack] }),
  text: (text) => ({ text }),
};

const cases = Object.keys(FIELDS).flatMap((field) =>
  Object.keys(ATTACKS).map((attack) => [field, attack] as const),
);

describe('whatever stands in a field of a mail', () => {
  test.each(cases)('%s: %s adds neither a header nor a recipient', async (field, attack) => {
    const mail = { ...MAIL, ...FIELDS[field]?.(ATTACKS[attack as keyof typeof ATTACKS]) };
    const written = await write(mail);
    if ('unwritten' in written) {
      expect(['invalid', 'cannot-encrypt']).toContain(written.unwritten);
      return;
    }
    expect(written.envelope).toEqual({ from: 'ir@csirt.example', to: [mail.to] });
    const bytes = written.bytes.toString('latin1');
    const head = bytes.slice(0, bytes.indexOf('\r\n\r\n'));
    expect(head).not.toMatch(/[^\r]\n|\r[^\n]|\0|\P{ASCII}/u);
    expect(Math.max(...bytes.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    const names = [...head.matchAll(/^([^\s:]+):/gm)].map(([, name = '']) => name.toLowerCase());
    expect(names.filter((name) => !EXPECTED.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(['raw', 'path', 'href', 'attachments', 'html', 'bcc', 'alternatives'])(
    'what is no field of a mail is not looked at: %s',
    async (name) => {
      const stray = {
        ...MAIL,
        [name]: name === 'attachments' ? [{ path: '/etc/hostname' }] : '/etc/hostname',
      };
      const [written, plain] = [await write(stray), await write(MAIL)];
      expect(written).toEqual(plain);
    },
  );

  test('a text that is an object is not read from where it points', async () => {
    const text = { path: '/etc/hostname' } as unknown as string;
    await expect(write({ ...MAIL, text })).rejects.toThrow(TypeError);
  });
});

/** Of every mail, and those of the mail above. */
const EXPECTED: ReadonlySet<string> = new Set([
  ...['from', 'to', 'subject', 'message-id', 'date', 'mime-version', 'reply-to', 'in-reply-to', 'references'],
  ...['content-type', 'content-transfer-encoding', 'importance', 'x-tocsin-loop'],
]);

test.each([
  ['Tocsin <tocsin@example.org>', { name: 'Tocsin', address: 'tocsin@example.org' }],
  ['"Berg, Anna" <anna@example.org>', { name: 'Berg, Anna', address: 'anna@example.org' }],
  ['tocsin@example.org', { address: 'tocsin@example.org' }],
])('the sender %s is read', (sender, mailbox) => {
  expect(senderOf(sender)).toEqual(mailbox);
});
