import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

import type { MailDrop } from '../ports.ts';

export interface SmtpIntakeOptions {
  readonly host: string;
  /** 0 means any free one. */
  readonly port: number;
  /** Where a message is made safe before its sender is told that we have it. */
  readonly drop: MailDrop;
  readonly now: () => number;
  /** Told of what went wrong on our side; senders are told to come again. */
  readonly onError: (error: unknown) => void;
  readonly limits?: Partial<SmtpIntakeLimits>;
}

export interface SmtpIntakeLimits {
  /** Of one message. */
  readonly bytes: number;
  /** Of all that is being received at once. */
  readonly bytesAtOnce: number;
  readonly connections: number;
  /** A connection on which nothing is said. */
  readonly idleMs: number;
  /** A message, however slowly it trickles. */
  readonly messageMs: number;
}

const LIMITS: SmtpIntakeLimits = {
  bytes: 25 * 1024 * 1024,
  bytesAtOnce: 200 * 1024 * 1024,
  connections: 200,
  // Source: RFC 5321, 4.5.3.2.7, asks for five minutes; a server in front of us is quicker.
  idleMs: 60_000,
  messageMs: 300_000,
};

/**
 * Takes mail in over SMTP, as a server in front of us hands it on. `250` is said when the message is safe, and not before;
 * when it cannot be kept now its sender keeps it (`451`, `452`).
 */
export async function listenForMail(
  options: SmtpIntakeOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const limits = { ...LIMITS, ...options.limits };
  const sockets = new Set<Socket>();
  let bytesAtOnce = 0;
  const server = new SMTPServer({
    banner: 'Tocsin',
    // The mail server in front of us speaks to the world; this port is for it, on the same machine or network.
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: limits.bytes,
    // Devices and old programs write addresses that no standard knows; whoever reports is not turned away for it.
    lenientAddressParsing: true,
    maxClients: limits.connections,
    socketTimeout: limits.idleMs,
    closeTimeout: 1000,
    onData(stream, session, done) {
      take(stream, session).then(
        () => done(null),
        (error: unknown) => done(answerOf(error)),
      );
    },
  });
  // A client that goes away in the middle is its own affair, and has not been told that we have its mail.
  server.on('error', () => {});
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  async function take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const bytes = await receive(stream, session);
    const { mailFrom, rcptTo } = session.envelope;
    try {
      await options.drop.take({
        bytes,
        receivedAt: options.now(),
        envelope: {
          mailFrom: mailFrom === false ? '' : mailFrom.address,
          rcptTo: rcptTo.map(({ address }) => address),
          remoteAddress: session.remoteAddress,
          helo: session.hostNameAppearsAs,
        },
      });
    } catch (error) {
      options.onError(error);
      throw new Answer(451, 'We cannot keep this message now; please come again.');
    }
  }

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    let refusal: Answer | null = null;
    const late = setTimeout(() => {
      for (const socket of sockets) if (socket.remotePort === session.remotePort) socket.destroy();
      stream.destroy(new Answer(451, 'This message took too long.'));
    }, limits.messageMs);
    try {
      // Read to its end also when it is refused: only then is the sender listening again.
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        if (refusal !== null) continue;
        size += chunk.length;
        bytesAtOnce += chunk.length;
        chunks.push(chunk);
        if (size > limits.bytes)
          refusal = new Answer(552, `A message may have ${limits.bytes} bytes at most.`);
        else if (bytesAtOnce > limits.bytesAtOnce)
          refusal = new Answer(452, 'Too much is being received; please come again.');
        if (refusal !== null) chunks.length = 0;
      }
    } finally {
      clearTimeout(late);
      bytesAtOnce -= size;
    }
    if (refusal !== null) throw refusal;
    return Buffer.concat(chunks);
  }

  server.listen(options.port, options.host);
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://${options.host}:${port}`,
    async close() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** What the sender's server is told. */
class Answer extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

function answerOf(error: unknown): Answer {
  return error instanceof Answer
    ? error
    : new Answer(451, 'The message did not arrive whole; please come again.');
}
