import { setTimeout as sleep } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';

import { type LyingMessage, MailboxFailure, type OpenMailbox, type WatchedMailbox } from '../ports.ts';

export interface ImapMailboxOptions {
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte; `starttls` or nothing; `none` for the same machine. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user: string;
  readonly password: string;
  /** `INBOX`, `Reports/Abuse` */
  readonly path: string;
  /** What the server got before that is left alone; null for nothing. */
  readonly since: number | null;
  readonly now: () => number;
  readonly limits?: Partial<ImapLimits>;
}

export interface ImapLimits {
  /** Of a message that is taken whole. */
  readonly bytes: number;
  /** Of a larger one. */
  readonly headBytes: number;
  readonly connectMs: number;
  /** A server that says nothing while it should. */
  readonly silentMs: number;
}

const LIMITS: ImapLimits = {
  bytes: 25 * 1024 * 1024,
  headBytes: 256 * 1024,
  connectMs: 20_000,
  silentMs: 90_000,
};

/** Beside the message: what the server says around it. */
const AROUND_BYTES = 1024 * 1024;

/** A mailbox over IMAP, opened for reading alone (EXAMINE): no flag in it changes, nothing is moved. */
export function createImapMailbox(options: ImapMailboxOptions): WatchedMailbox {
  const limits = { ...LIMITS, ...options.limits };
  return {
    async open(signal) {
      const client = new ImapFlow({
        host: options.host,
        port: options.port,
        secure: options.security === 'tls',
        ...(options.security !== 'tls' && { doSTARTTLS: options.security === 'starttls' }),
        auth: { user: options.user, pass: options.password },
        // Its lines hold what it sends, and what it gets.
        logger: false,
        disableAutoIdle: true,
        connectionTimeout: limits.connectMs,
        greetingTimeout: limits.connectMs,
        socketTimeout: limits.silentMs,
        maxLiteralSize: limits.bytes + AROUND_BYTES,
        maxResponseSize: limits.bytes + 2 * AROUND_BYTES,
      });
      // What it tells here it says again to whoever waits for an answer.
      client.on('error', () => undefined);
      const giveUp = (): void => client.close();
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        await client.connect();
        const { uidValidity } = await client.mailboxOpen(options.path, { readOnly: true });
        client.once('close', () => signal.removeEventListener('abort', giveUp));
        return openMailbox(client, Number(uidValidity), { ...options, limits });
      } catch (error) {
        signal.removeEventListener('abort', giveUp);
        client.close();
        throw failureOf(error);
      }
    },
  };
}

interface Looking extends ImapMailboxOptions {
  readonly limits: ImapLimits;
}

function openMailbox(client: ImapFlow, uidValidity: number, options: Looking): OpenMailbox {
  const { limits, since, now, path } = options;
  let hasNews = false;
  let wake = (): void => {};
  client.on('exists', () => {
    hasNews = true;
    wake();
  });
  client.once('close', () => wake());
  return {
    uidValidity,
    async uidsFrom(uid) {
      hasNews = false;
      const query = since === null ? {} : { since: new Date(since) };
      const found = await asked(client.search({ uid: `${uid}:*`, ...query }, { uid: true }));
      if (!Array.isArray(found)) throw new MailboxFailure('the server does not say what lies in it');
      // `n:*` is the last one at least, even where it is lower. Source: RFC 3501, 6.4.8.
      return found.filter((one) => one >= uid).toSorted((a, b) => a - b);
    },
    async read(uid) {
      const head = await asked(
        client.fetchOne(String(uid), { size: true, internalDate: true }, { uid: true }),
      );
      if (head === false) return null;
      const { size = 0 } = head;
      const isTooLarge = size > limits.bytes;
      const source = isTooLarge ? { start: 0, maxLength: limits.headBytes } : true;
      const got = await asked(client.fetchOne(String(uid), { source }, { uid: true }));
      if (got === false || got.source === undefined) return null;
      return {
        uid,
        bytes: got.source,
        wholeSize: isTooLarge ? size : null,
        receivedAt: instantOf(head.internalDate, now()),
      } satisfies LyingMessage;
    },
    async waitForNews(atMostMs) {
      const isWoken = new Promise<void>((resolve) => (wake = resolve));
      if (!hasNews && client.usable) {
        // Whatever is asked next ends it.
        void client.idle().catch(() => undefined);
        const waiting = new AbortController();
        await Promise.race([
          isWoken,
          sleep(atMostMs, undefined, { signal: waiting.signal }).catch(() => undefined),
        ]);
        waiting.abort();
      }
      if (!client.usable) throw new MailboxFailure('the connection was lost');
      // Also because a connection that has died says nothing to an IDLE.
      const now = await asked(client.status(path, { uidValidity: true }));
      if (now === false || Number(now.uidValidity) !== uidValidity) {
        throw new MailboxFailure('its messages are numbered anew, and all are looked at again');
      }
    },
    isUsable: () => client.usable,
    close: () => client.close(),
  };
}

async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw failureOf(error);
  }
}

/** The server's own clock; one that is ahead of ours counts as now. */
function instantOf(internalDate: Date | string | undefined, nowMs: number): number {
  const at = new Date(internalDate ?? nowMs).getTime();
  return Number.isNaN(at) ? nowMs : Math.min(at, nowMs);
}

interface ImapError {
  readonly code?: unknown;
  readonly authenticationFailed?: unknown;
  readonly mailboxMissing?: unknown;
  readonly responseStatus?: unknown;
  readonly serverResponseCode?: unknown;
}

/** The server's words stay out of it: they are for nobody to read. */
function failureOf(error: unknown): MailboxFailure {
  if (error instanceof MailboxFailure) return error;
  return new MailboxFailure(becauseOf(error as ImapError), { cause: error });
}

function becauseOf({
  code,
  authenticationFailed,
  mailboxMissing,
  responseStatus,
  serverResponseCode,
}: ImapError) {
  if (authenticationFailed === true) return 'the server refuses our login';
  if (mailboxMissing === true) return 'there is no such mailbox';
  const said = [responseStatus, serverResponseCode, code].filter(
    (word): word is string => typeof word === 'string' && /^[A-Za-z_]{1,40}$/.test(word),
  );
  const why = said.length === 0 ? '' : ` (${said.join(', ')})`;
  return responseStatus === undefined
    ? `the server cannot be reached, or was lost${why}`
    : `the server refuses${why}`;
}
