import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { createSmtpMailer, type SmtpTimeouts } from '../../src/adapters/mail-smtp.ts';
import { clear, type Cleared } from '../../src/domain/clearance.ts';
import type { Mail } from '../../src/domain/mail.ts';
import { type Mailer, MailerUnavailable } from '../../src/ports.ts';
import { unsignedMail } from '../support/unsigned-mail.ts';

const FROM = 'Tocsin <tocsin@stand.example>';

const MAIL: Mail = {
  to: 'anna@example.org',
  subject: '[INC-2026-0001] TLP:CLEAR Reply to your report',
  text: 'Thank you.\n\n.\nA line that is one dot, and Grüße.\n',
  messageId: '<INC-2026-0001_3a_reply_3a_1.report-1@stand.example>',
  headers: {},
};

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe('what every mailer promises', () => {
  it('a mail that the server takes is accepted, with the server’s answer, and arrives as it was written', async () => {
    const server = await mailServer();
    const answer = await mailerTo(server.url).send(cleared(MAIL));

    expect(answer).toMatchObject({ outcome: 'accepted', messageId: MAIL.messageId, code: '250' });
    const [arrived] = await server.mails();
    expect(arrived?.text).toBe(MAIL.text);
    expect(arrived?.subject).toBe(MAIL.subject);
    expect(arrived?.messageId).toBe(MAIL.messageId);
    expect(arrived?.from?.text).toBe('"Tocsin" <tocsin@stand.example>');
  });

  it('carries the headers that it was given, and refers to the mail it follows up', async () => {
    const server = await mailServer();
    const headers = { 'Auto-Submitted': 'auto-replied', Importance: 'high' };
    await mailerTo(server.url).send(cleared({ ...MAIL, headers, inReplyTo: '<first@stand.example>' }));

    const [arrived] = await server.mails();
    expect(arrived?.headers.get('auto-submitted')).toBe('auto-replied');
    expect(arrived?.headers.get('priority')).toBe('high');
    expect(arrived?.inReplyTo).toBe('<first@stand.example>');
    expect(arrived?.references).toBe('<first@stand.example>');
  });

  it('says where a reply goes, and says nothing where that is not one bare address', async () => {
    const server = await mailServer();
    const mailer = mailerTo(server.url);
    await mailer.send(cleared({ ...MAIL, replyTo: 'reply+k1@stand.example' }));
    await mailer.send(cleared({ ...MAIL, replyTo: 'a@b.example, mallory@example.net' }));
    await mailer.send(cleared({ ...MAIL, replyTo: 'a@b.example\r\nBcc: mallory@example.net' }));
    const arrived = await server.mails();
    expect(arrived.map(({ replyTo }) => replyTo?.text)).toEqual([
      'reply+k1@stand.example',
      undefined,
      undefined,
    ]);
  });

  it('a second attempt at the same mail carries the same Message-ID', async () => {
    const server = await mailServer();
    const mailer = mailerTo(server.url);
    await mailer.send(cleared(MAIL));
    await mailer.send(cleared(MAIL));
    expect((await server.mails()).map(({ messageId }) => messageId)).toEqual([
      MAIL.messageId,
      MAIL.messageId,
    ]);
  });

  it.each([
    ['to the recipient', { onRcptTo: failing(550) }],
    ['to the recipient, by an unusual code', { onRcptTo: failing(524) }],
    ['to the message', { onData: failingAfterData(554) }],
  ] as const)('a 5xx %s is a refusal, not to be tried again', async (_where, options) => {
    const server = await mailServer(options);
    const answer = await mailerTo(server.url).send(cleared(MAIL));
    expect(answer).toMatchObject({ outcome: 'refused', code: expect.stringMatching(/^5\d\d$/) });
  });

  it.each([
    ['to the recipient', { onRcptTo: failing(451) }],
    ['to the sender', { onMailFrom: failing(452) }],
    ['to the message', { onData: failingAfterData(451) }],
    ['to the greeting', { onConnect: failing(421) }],
  ] as const)('a 4xx %s says to try later', async (_where, options) => {
    const server = await mailServer(options);
    await expect(mailerTo(server.url).send(cleared(MAIL))).rejects.toSatisfy(isUnavailable);
  });

  it.each([
    ['turns us away at the greeting', { onConnect: failing(554) }],
    ['asks for authentication first', { onMailFrom: failing(530) }],
  ] as const)('a server that %s speaks of us, not of the mail: to try later', async (_what, options) => {
    const server = await mailServer(options);
    await expect(mailerTo(server.url).send(cleared(MAIL))).rejects.toSatisfy(isUnavailable);
  });

  it('a wrong password is for the operator to mend: to try later', async () => {
    const server = await mailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, callback) => callback(Object.assign(new Error('no'), { responseCode: 535 })),
    });
    const sending = mailerTo(server.url.replace('smtp://', 'smtp://tocsin:wrong@')).send(cleared(MAIL));
    await expect(sending).rejects.toSatisfy(isUnavailable);
  });

  it('a connection that drops after the last byte says to try later, and the next attempt goes through', async () => {
    let isFirst = true;
    const server = await mailServer({
      onData: (stream, session, callback) => {
        stream.resume();
        stream.on('end', () => {
          if (!isFirst) return callback(null);
          isFirst = false;
          server.drop();
        });
      },
    });
    const mailer = mailerTo(server.url);
    await expect(mailer.send(cleared(MAIL))).rejects.toSatisfy(isUnavailable);
    expect(await mailer.send(cleared(MAIL))).toMatchObject({
      outcome: 'accepted',
      messageId: MAIL.messageId,
    });
  });

  it('a server that is not there says to try later', async () => {
    const server = await mailServer();
    await server.close();
    await expect(mailerTo(server.url).send(cleared(MAIL))).rejects.toSatisfy(isUnavailable);
  });

  it('a connection that the server closed while it was idle is replaced', async () => {
    const server = await mailServer();
    const mailer = mailerTo(server.url);
    await mailer.send(cleared(MAIL));
    server.drop();
    expect(await mailer.send(cleared(MAIL))).toMatchObject({ outcome: 'accepted' });
  });

  it.each([
    ['greets never', () => undefined],
    ['greets and then says nothing', (socket: Socket) => socket.write('220 here\r\n')],
    ['lets its answer trickle', trickle],
  ] as const)('a server that %s is not waited for', async (_what, behave) => {
    const url = await rawServer(behave);
    const mailer = mailerTo(url, { connectionMs: 200, socketMs: 300, sendMs: 600 });
    const began = Date.now();
    await expect(mailer.send(cleared(MAIL))).rejects.toSatisfy(isUnavailable);
    expect(Date.now() - began).toBeLessThan(3_000);
  });

  it.each([
    ['so many messages in one session, and then says 452', { messages: 5, connections: Infinity, code: 452 }],
    [
      'so many messages, and then says 451 for the rest of it',
      { messages: 5, connections: Infinity, code: 451 },
    ],
    [
      'so many connections at once, and says 421 to the next',
      { messages: Infinity, connections: 1, code: 421 },
    ],
  ] as const)('a server that takes %s gets every mail, once', async (_what, limit) => {
    const server = await mailServer(limitedTo(limit));
    const mailer = mailerTo(server.url);
    const ids = Array.from({ length: 30 }, (_, n) => `<${n}@stand.example>`);
    await Promise.all(ids.map((messageId) => insist(mailer, { ...MAIL, messageId })));
    const arrived = (await server.mails()).map(({ messageId }) => messageId);
    expect(arrived).toHaveLength(ids.length);
    expect(new Set(arrived)).toEqual(new Set(ids));
  });

  it('sends more mails than one connection carries', async () => {
    const server = await mailServer();
    const mailer = mailerTo(server.url);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        mailer.send(cleared({ ...MAIL, messageId: `<${n}@stand.example>` })),
      ),
    );
    expect(answers.every(({ outcome }) => outcome === 'accepted')).toBe(true);
    expect(new Set((await server.mails()).map(({ messageId }) => messageId)).size).toBe(200);
  });
});

describe('words of strangers', () => {
  it.each([
    'anna@example.org, mallory@example.net',
    'anna@example.org\r\nBcc: mallory@example.net',
    'anna@example.org> RCPT TO:<mallory@example.net',
    'Team: anna@example.org, mallory@example.net;',
    '"a b"@example.org',
    'anna',
    '',
  ])('an address that is not one bare address is refused before a server is asked: %j', async (to) => {
    const server = await mailServer();
    expect(await mailerTo(server.url).send(cleared({ ...MAIL, to }))).toMatchObject({
      outcome: 'refused',
      code: 'no-address',
    });
    expect(server.recipients).toEqual([]);
  });

  it('a line break in a subject, a header or a reference adds no header and no recipient', async () => {
    const server = await mailServer();
    const attack = 'x\r\nBcc: mallory@example.net\r\nX-Injected: yes';
    await mailerTo(server.url).send(
      cleared({
        ...MAIL,
        subject: `Subject ${attack}`,
        headers: { 'X-Kept': attack },
        inReplyTo: `<first@b.example>${attack}`,
      }),
    );
    const [arrived] = await server.mails();
    expect(arrived?.headers.has('x-injected')).toBe(false);
    expect(arrived?.headers.has('bcc')).toBe(false);
    expect(arrived?.subject).toContain('Bcc: mallory@example.net');
    expect(server.recipients).toEqual([MAIL.to]);
  });

  it('an identifier of ours that would be more than one is refused, not mended', async () => {
    const server = await mailServer();
    const messageId = '<a@b.example>\r\nBcc: mallory@example.net';
    expect(await mailerTo(server.url).send(cleared({ ...MAIL, messageId }))).toMatchObject({
      outcome: 'refused',
      code: 'invalid',
    });
    expect(server.recipients).toEqual([]);
  });

  it('a text that looks like the end of a mail and the beginning of another stays one text', async () => {
    const server = await mailServer();
    const text =
      'a\r\n.\r\nMAIL FROM:<mallory@example.net>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\nb\n.\nQUIT\n';
    await mailerTo(server.url).send(cleared({ ...MAIL, text }));
    const mails = await server.mails();
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain('RCPT TO:<victim@example.net>');
    expect(server.recipients).toEqual([MAIL.to]);
  });
});

it('what did not pass the TLP gate is not sent, even where types were lost', async () => {
  const server = await mailServer();
  const forged = { isCleared: true, message: MAIL } as unknown as Cleared<Mail>;
  await expect(mailerTo(server.url).send(forged)).rejects.toThrow('only what passed the TLP gate is sent');
  expect(server.recipients).toEqual([]);
});

function cleared(mail: Mail): Cleared<Mail> {
  const answer = clear(
    { carriesWords: true, content: mail, label: 'CLEAR', exchange: [] },
    { kind: 'public', address: mail.to },
  );
  if (!answer.isCleared) throw new Error('CLEAR goes to everybody');
  return answer;
}

function isUnavailable(failure: unknown): boolean {
  return (
    failure instanceof MailerUnavailable &&
    failure.code === 'mailer-unavailable' &&
    failure.cause instanceof Error &&
    !failure.message.includes(MAIL.to)
  );
}

function mailerTo(url: string, timeouts?: SmtpTimeouts): Mailer {
  const mailer = createSmtpMailer({ smtpUrl: url, write: unsignedMail(FROM), ...(timeouts && { timeouts }) });
  closing.push(() => mailer.close());
  return mailer;
}

async function mailServer(options: SMTPServerOptions = {}) {
  const raw: Buffer[] = [];
  const recipients: string[] = [];
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo: ({ address }, _session, callback) => {
      recipients.push(address);
      callback();
    },
    onData: (stream, _session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        raw.push(Buffer.concat(chunks));
        callback();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const drop = (): void => sockets.forEach((socket) => socket.destroy());
  const close = async (): Promise<void> => {
    drop();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  closing.push(close);
  return {
    url: `smtp://127.0.0.1:${port}`,
    recipients,
    mails: () => Promise.all(raw.map((mail) => simpleParser(mail))),
    drop,
    close,
  };
}

/** As an activity is tried again, only sooner. */
async function insist(mailer: Mailer, mail: Mail, tries = 40): Promise<void> {
  try {
    expect(await mailer.send(cleared(mail))).toMatchObject({ outcome: 'accepted' });
  } catch (error) {
    if (!(error instanceof MailerUnavailable) || tries === 1) throw error;
    await sleep(50);
    await insist(mailer, mail, tries - 1);
  }
}

/** Session limits, as servers have them. */
function limitedTo({
  messages,
  connections,
  code,
}: {
  readonly messages: number;
  readonly connections: number;
  readonly code: number;
}): SMTPServerOptions {
  const taken = new Map<string, number>();
  const open = new Set<string>();
  const enough = () => Object.assign(new Error('as the test wants'), { responseCode: code });
  return {
    onConnect: ({ id }, callback) => {
      if (open.size >= connections) return callback(enough());
      open.add(id);
      callback();
    },
    onClose: ({ id }) => void open.delete(id),
    onMailFrom: (_address, { id }, callback) => {
      const count = (taken.get(id) ?? 0) + 1;
      taken.set(id, count);
      callback(count > messages ? enough() : null);
    },
  };
}

function failing(responseCode: number) {
  return (...call: unknown[]): void => {
    const callback = call.at(-1) as (error: Error) => void;
    callback(Object.assign(new Error('as the test wants'), { responseCode }));
  };
}

function failingAfterData(responseCode: number): NonNullable<SMTPServerOptions['onData']> {
  return (stream, _session, callback) => {
    stream.resume();
    stream.on('end', () => callback(Object.assign(new Error('as the test wants'), { responseCode })));
  };
}

/** A server that does not even speak SMTP properly. */
async function rawServer(behave: (socket: Socket) => unknown): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    behave(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function trickle(socket: Socket): void {
  socket.write('220 here\r\n');
  socket.once('data', () => {
    const timer = setInterval(() => socket.write('250-still thinking\r\n'), 50);
    socket.on('close', () => clearInterval(timer));
  });
}
