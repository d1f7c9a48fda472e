import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { createSmtpMailer } from '../../../src/adapters/mail-smtp.ts';
import { createMailPager } from '../../../src/adapters/pager-mail.ts';
import { type Behaviour, PATIENCE_MS, type Vendor } from './vendor.ts';
import { unsignedMail } from '../unsigned-mail.ts';

const FROM = 'tocsin@stand.example';
const PASSWORD = 'smtp-password-never-to-be-seen';

/** A mail server, and a pager by mail through the mailer of ours. */
export async function startMail(): Promise<Vendor & { raw(): readonly string[] }> {
  const script: Behaviour[] = [];
  const raw: { readonly to: readonly string[]; readonly mail: string }[] = [];
  const problems: string[] = [];
  const sockets = new Set<Socket>();
  const drop = (): void => sockets.forEach((socket) => socket.destroy());

  const server = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onAuth: ({ password }, _session, callback) =>
      password === PASSWORD ? callback(null, { user: 'tocsin' }) : callback(new Error('no')),
    onRcptTo: ({ address }, session, callback) => {
      if (session.envelope.rcptTo.length > 1) problems.push(`a second recipient: ${address}`);
      callback();
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const behaviour = script.shift() ?? 'accept';
        const turnedAway = REPLIES[behaviour];
        if (turnedAway !== undefined) {
          return callback(Object.assign(new Error('as the test wants'), { responseCode: turnedAway }));
        }
        raw.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          mail: Buffer.concat(chunks).toString(),
        });
        if (behaviour === 'accept') return callback(null);
        if (behaviour === 'drop') drop();
      });
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;

  const mailer = createSmtpMailer({
    smtpUrl: `smtp://tocsin:${PASSWORD}@127.0.0.1:${port}`,
    write: unsignedMail(`Tocsin <${FROM}>`),
    timeouts: { connectionMs: PATIENCE_MS, socketMs: PATIENCE_MS, sendMs: PATIENCE_MS },
  });
  const stop = async (): Promise<void> => {
    drop();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    pager: createMailPager({ mailer, senderAddress: FROM }),
    script: (...behaviours) => void script.push(...behaviours),
    arrivals: () =>
      Promise.all(
        raw.map(async ({ to, mail }) => {
          const { subject, text, messageId, headers } = await simpleParser(mail);
          if (headers.has('bcc') || headers.has('cc')) problems.push('a recipient in a header');
          return { id: messageId ?? '', to: to.join(', '), words: `${subject}\n${text}` };
        }),
      ),
    problems: () => problems,
    raw: () => raw.map(({ mail }) => mail),
    secrets: [PASSWORD],
    stop,
    close: async () => {
      mailer.close();
      await stop();
    },
  };
}

const REPLIES: Partial<Record<Behaviour, number>> = { refuse: 550, wait: 451, fail: 451 };
