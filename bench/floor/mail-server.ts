import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { createTransport } from 'nodemailer';
import pg from 'pg';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';

import { LOOPBACK } from '../../dev/port.ts';
import { serveParent } from '../child.ts';
import { ROW_CHANNEL } from './activities.ts';

/**
 * The floor of mail that comes in: says 250, then writes one row and sends one mail, and nothing is asked of the bytes. Ours
 * says 250 when they are safe; what comes after that is measured of both.
 */
serveParent(async ({ databaseUrl, smtpUrl }) => {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  pool.on('error', () => {});
  const sender = createTransport({ url: smtpUrl, pool: true });
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onData(stream, { envelope: { mailFrom } }, done) {
      read(stream).then(
        (bytes) => {
          done(null);
          if (mailFrom !== false) void keepAndAnswer(bytes, mailFrom.address).catch(console.error);
        },
        (error: unknown) => done(error as Error),
      );
    },
  });
  server.on('error', () => {});
  server.listen(0, LOOPBACK);
  await once(server.server, 'listening');
  return { url: `smtp://${LOOPBACK}:${(server.server.address() as AddressInfo).port}` };

  async function keepAndAnswer(bytes: Buffer, address: string): Promise<void> {
    await pool.query(
      `WITH written AS (INSERT INTO floor_mails (sender, bytes) VALUES ($1, $2) RETURNING sender)
       SELECT pg_notify($3, sender) FROM written`,
      [address, bytes, ROW_CHANNEL],
    );
    await sender.sendMail({
      from: 'Floor <floor@bench.example>',
      to: address,
      subject: 'We have your report',
      text: ANSWER,
      headers: { 'Auto-Submitted': 'auto-replied' },
    });
  }
});

/** As long as ours. */
const ANSWER = 'We have your report, and somebody will answer you. Please keep this mail.\n'.repeat(10);

async function read(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
