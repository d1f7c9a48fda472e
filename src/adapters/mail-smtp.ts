import assert from 'node:assert/strict';
import { createTransport, type NodemailerError, type SendMailOptions } from 'nodemailer';
import { isCleared, type Cleared } from '../domain/clearance.ts';
import type { Mail } from '../domain/mail.ts';
import { type MailAnswer, type Mailer, MailerUnavailable, type WriteMail } from '../ports.ts';
import { type Pool, sessionsOf } from './mail-smtp/sessions.ts';

export interface SmtpMailerOptions {
  /** `smtp://` or `smtps://`, with user and password where the server asks for them. */
  readonly smtpUrl: string;
  /** Makes the bytes, signed and encrypted as they have to be. */
  readonly write: WriteMail;
  /** For tests of the time-outs; all three are set together. */
  readonly timeouts?: SmtpTimeouts;
}

export interface SmtpTimeouts {
  readonly connectionMs: number;
  readonly socketMs: number;
  readonly sendMs: number;
}

/**
 * A server on the same network greets at once; one that needs longer is not there for a page. `sendMs` bounds the
 * whole: a server that trickles its answers never lets a socket time out.
 */
const TIMEOUTS: SmtpTimeouts = { connectionMs: 5_000, socketMs: 10_000, sendMs: 30_000 };

/** Below the 100 mails after which common servers close a connection: ours ends it first, between two mails. */
export const MAILS_PER_CONNECTION = 90;

/** To one server; common ones take ten and more from one client. */
export const MAIL_CONNECTIONS = 5;

/** Sends over SMTP with a pool of connections. `close` ends the pool; what is being sent then fails as unavailable. */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer & { close(): void } {
  const timeouts = options.timeouts ?? TIMEOUTS;
  const sessions = sessionsOf((): Pool<SendMailOptions, { readonly response: string }> =>
    createTransport({
      url: options.smtpUrl,
      pool: true,
      maxConnections: MAIL_CONNECTIONS,
      maxMessages: MAILS_PER_CONNECTION,
      connectionTimeout: timeouts.connectionMs,
      greetingTimeout: timeouts.connectionMs,
      dnsTimeout: timeouts.connectionMs,
      socketTimeout: timeouts.socketMs,
      // Words of reporters pass through here: nothing in them may make us read a file or fetch a page.
      disableFileAccess: true,
      disableUrlAccess: true,
    }),
  );
  return {
    send: async (cleared) => {
      const mail = contentOf(cleared);
      if (!isBareAddress(mail.to)) return refused('no-address', 'not one bare address');
      const written = await options.write(mail);
      if ('unwritten' in written) return refused(written.unwritten, 'not written');
      try {
        const { response } = await sessions.send({
          // Bytes that we made, never a text or an object of somebody else's: those could name a file.
          raw: written.bytes,
          envelope: { from: written.envelope.from, to: [...written.envelope.to] },
          signal: AbortSignal.timeout(timeouts.sendMs),
        });
        return {
          outcome: 'accepted',
          messageId: mail.messageId,
          code: codeOf(response) ?? '250',
          answer: response,
        };
      } catch (error) {
        return answerOf(error);
      }
    },
    close: () => sessions.close(),
  };
}

function contentOf(cleared: Cleared<Mail>): Mail {
  assert(isCleared(cleared), 'only what passed the TLP gate is sent');
  return cleared.message;
}

/**
 * One mailbox and nothing that separates, quotes or comments: `a@x.org, b@y.org` would be two recipients. Letters of
 * any script are fine.
 */
function isBareAddress(address: string): boolean {
  return /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u.test(address);
}

/** The SMTP code's first digit says whether trying again could help: 5 is final, everything else may pass. */
function answerOf(error: unknown): MailAnswer {
  const failure = error as Partial<NodemailerError>;
  const code = failure.responseCode?.toString();
  if (code?.startsWith('5') === true && isAboutTheMail(failure)) return refused(code, failure.response ?? '');
  if (code === undefined && isRefusedByNodemailer(failure)) return refused('invalid', failure.code ?? '');
  throw new MailerUnavailable(
    `The mail server did not take the mail (${code ?? failure.code ?? 'unknown'}).`,
    { cause: withoutWords(failure) },
  );
}

/** A server may quote what it does not take, and causes stay in histories and logs: its code alone is told. Source: IC-30. */
function withoutWords(failure: Partial<NodemailerError>): unknown {
  const { response, code, command, responseCode } = failure;
  return response === undefined
    ? failure
    : new Error(
        `${code ?? 'unknown'}: the answer to ${command ?? 'a command'} was ${responseCode ?? 'none'}`,
      );
}

/**
 * A 5xx to the greeting or to AUTH, one that asks for authentication or TLS first (530), and a muddled conversation (503)
 * speak of us and the server: once that is mended, the same mail can be sent.
 */
function isAboutTheMail({ code, responseCode }: Partial<NodemailerError>): boolean {
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode !== 530 && responseCode !== 503;
}

/** An envelope or size that is turned down before the server is asked: an address of letters it does not take, for one. */
function isRefusedByNodemailer({ code }: Partial<NodemailerError>): boolean {
  return code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'EFILEACCESS' || code === 'EURLACCESS';
}

function refused(code: string, answer: string): MailAnswer {
  return { outcome: 'refused', code, answer };
}

function codeOf(response: string): string | undefined {
  return /^\d{3}/.exec(response)?.[0];
}
