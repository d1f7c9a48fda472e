import assert from 'node:assert/strict';
import { createTransport, type NodemailerError } from 'nodemailer';
import { isCleared, type Cleared } from '../domain/clearance.ts';
import type { Mail } from '../domain/mail.ts';
import { oneLine } from '../domain/text-layout.ts';
import { type MailAnswer, type Mailer, MailerUnavailable } from '../ports.ts';

export interface SmtpMailerOptions {
  /** `smtp://` or `smtps://`, with user and password where the server asks for them. */
  readonly smtpUrl: string;
  /** The sender, as it stands in the header. */
  readonly from: string;
  /** Of every mail: by which we know our own when it comes back. */
  readonly ownHeaders?: Readonly<Record<string, string>>;
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
const MAILS_PER_CONNECTION = 90;

/** Sends over SMTP with a pool of connections. `close` ends the pool; what is being sent then fails as unavailable. */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer & { close(): void } {
  const timeouts = options.timeouts ?? TIMEOUTS;
  const transport = createTransport({
    url: options.smtpUrl,
    pool: true,
    maxMessages: MAILS_PER_CONNECTION,
    connectionTimeout: timeouts.connectionMs,
    greetingTimeout: timeouts.connectionMs,
    dnsTimeout: timeouts.connectionMs,
    socketTimeout: timeouts.socketMs,
    // Words of reporters pass through here: nothing in them may make us read a file or fetch a page.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async (cleared) => {
      const mail = contentOf(cleared);
      if (!isBareAddress(mail.to)) return refused('no-address', 'not one bare address');
      try {
        const { messageId, response } = await transport.sendMail({
          from: options.from,
          to: { name: '', address: mail.to },
          // Wording makes one line of each already; here it is certain: a line break would start another header.
          subject: oneLine(mail.subject),
          text: mail.text,
          messageId: oneLine(mail.messageId),
          headers: {
            ...Object.fromEntries(Object.entries(mail.headers).map(([key, value]) => [key, oneLine(value)])),
            ...options.ownHeaders,
          },
          ...(mail.hasNullReturnPath === true && { envelope: { from: '', to: mail.to } }),
          ...(mail.inReplyTo !== undefined && {
            inReplyTo: oneLine(mail.inReplyTo),
            references: oneLine(mail.inReplyTo),
          }),
          ...(mail.replyTo !== undefined &&
            isBareAddress(mail.replyTo) && { replyTo: { name: '', address: mail.replyTo } }),
          signal: AbortSignal.timeout(timeouts.sendMs),
        });
        return { outcome: 'accepted', messageId, code: codeOf(response) ?? '250', answer: response };
      } catch (error) {
        return answerOf(error);
      }
    },
    close: () => transport.close({ force: true }),
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
    {
      cause: error,
    },
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
