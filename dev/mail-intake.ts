import type { Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

import type { MailFaults } from './mail-faults.ts';
import type { MailStore } from './mail-store.ts';
import { choosePort, LOOPBACK } from './port.ts';

const LARGEST_BYTES = 25 * 1024 * 1024;
/** "Service not available, closing transmission channel" (RFC 5321, 4.2.2). */
const CLOSING = 421;

/** The SMTP side of the sink: takes everything, unless it was told to fail. */
export async function startSmtpIntake({
  store,
  faults,
  preferredPort,
}: {
  readonly store: MailStore;
  readonly faults: MailFaults;
  readonly preferredPort: number;
}): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    name: 'stand.example',
    banner: 'the mail sink of the stand',
    // Nothing here is worth a password or a certificate, and a built-in certificate would only pretend to be one.
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: LARGEST_BYTES,
    closeTimeout: 500,
    onRcptTo(address, session, done) {
      const fault = faults.take('answer', [address.address], ({ at = 'recipient' }) => at === 'recipient');
      done(fault === undefined ? null : refusal(fault));
      if (fault?.code === CLOSING) socketOf(session)?.end();
    },
    onData(stream, session, done) {
      takeIn(stream, session).then(
        (refused) => {
          done(refused);
          if (refused?.responseCode === CLOSING) socketOf(session)?.end();
        },
        (error: unknown) => done(error as Error),
      );
    },
  });
  // A client that goes away in the middle is its own affair.
  server.on('error', () => {});
  server.server.on('connection', (socket) => {
    if (faults.take('refuse-connections', []) !== undefined) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  async function takeIn(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
  ): Promise<(Error & { responseCode: number }) | null> {
    const message = await read(stream);
    const envelope = {
      from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
      to: session.envelope.rcptTo.map(({ address }) => address),
    };
    const fault = faults.take('answer', envelope.to, ({ at }) => at === 'data');
    if (fault !== undefined) return refusal(fault);
    const drop = faults.take('drop', envelope.to);
    if (drop?.keepsMail !== false) await store.add(message, envelope, new Date());
    if (drop !== undefined) socketOf(session)?.resetAndDestroy();
    const delay = faults.take('delay', envelope.to);
    if (delay !== undefined) await sleep(delay.ms);
    return null;
  }

  function socketOf(session: SMTPServerSession): Socket | undefined {
    return [...sockets].find((socket) => socket.remotePort === session.remotePort);
  }

  const port = await choosePort(preferredPort);
  server.listen(port, LOOPBACK);
  await once(server.server, 'listening');
  return {
    url: `smtp://${LOOPBACK}:${port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function refusal({ code, text = 'as the test asks' }: { readonly code: number; readonly text?: string }) {
  return Object.assign(new Error(text), { responseCode: code });
}

async function read(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
