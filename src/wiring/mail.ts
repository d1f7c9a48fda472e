import type { Logger } from 'pino';

import { createDnsResolver } from '../adapters/dns.ts';
import { listenForMail } from '../adapters/mail-intake-smtp.ts';
import { createSmtpMailer } from '../adapters/mail-smtp.ts';
import { type Config, ConfigError, type ServiceConfig } from '../config.ts';
import type { Policy } from '../domain/policy.ts';
import { type Filer, startFiler } from '../intake/filer.ts';
import { createLook } from '../intake/look.ts';
import { createMailDrop } from '../intake/receiving.ts';
import { createExaminer } from '../mail/examiner.ts';
import { LOOP_HEADER, UnwritableMail } from '../mail/mime-out.ts';
import { openSigningKey, type OwnKey, UnusableKey } from '../mail/pgp/keys.ts';
import { usableCertificates } from '../mail/pgp/usable.ts';
import { createReader } from '../mail/reader.ts';
import { createMailWriting, senderOf, type WritingOptions } from '../mail/writing.ts';
import type { Receipts } from '../paging/callbacks.ts';
import { createSigner } from '../paging/signing.ts';
import type { Database } from '../persistence/database.ts';
import { certificatesFor, certificatesInUse } from '../persistence/pgp-certificates.ts';
import type { Certificates, Clock } from '../ports.ts';

/** Mail both ways: how it leaves, and how it comes in and is filed. */

/** @throws {ConfigError} for a key that signs nothing: everything would leave unsigned, without a word. */
export async function mailerOf(config: ServiceConfig): Promise<ReturnType<typeof createSmtpMailer>> {
  const { dkim } = config.outgoingMail;
  const signer = await signerOf(config);
  return createSmtpMailer({
    smtpUrl: config.smtpUrl,
    write: writingOf({
      from: config.mailFrom,
      loop: ownMark(config),
      ...(dkim !== undefined && {
        dkim: { domain: dkim.domain, selector: dkim.selector, privateKey: dkim.key.content },
      }),
      ...(signer !== null && { signer }),
      now: () => Date.now(),
    }),
  });
}

function writingOf(options: WritingOptions): ReturnType<typeof createMailWriting> {
  try {
    return createMailWriting(options);
  } catch (error) {
    if (!(error instanceof UnwritableMail)) throw error;
    const name = DKIM_NAMES[error.field] ?? 'TOCSIN_DKIM_KEY_FILE';
    throw new ConfigError([{ name, expected: error.expected, got: 'something else (not shown)' }]);
  }
}

const DKIM_NAMES: Readonly<Record<string, string>> = {
  'DKIM domain': 'TOCSIN_DKIM_DOMAIN',
  'DKIM selector': 'TOCSIN_DKIM_SELECTOR',
};

/**
 * The key of the CSIRT; null where there is none.
 *
 * @throws {ConfigError} for one that does not open.
 */
async function signerOf({ outgoingMail: { pgp } }: Config): Promise<OwnKey | null> {
  if (pgp === undefined) return null;
  try {
    return await openSigningKey(pgp.key.content, pgp.passphrase);
  } catch (error) {
    if (!(error instanceof UnusableKey)) throw error;
    const name = 'TOCSIN_PGP_SIGNING_KEY_FILE';
    const expected = 'one armored private key that signs, with its passphrase beside it where it has one';
    throw new ConfigError([{ name, expected, got: error.message }]);
  }
}

/**
 * For whom we can encrypt. Nobody, where the CSIRT has no key of its own: what is encrypted is signed, so that nobody else
 * can write in its name.
 */
export async function certificatesOf(config: Config, { db }: Pick<Database, 'db'>): Promise<Certificates> {
  if ((await signerOf(config)) === null) return { usableFor: async () => [] };
  return {
    usableFor: async (address) => {
      const given = await certificatesFor(db, [address]);
      return usableCertificates(
        given.map(({ armored }) => armored),
        new Date(),
      );
    },
  };
}

/** By which an installation knows its own mail when it comes back. */
function ownMark({ signingKey }: ServiceConfig): string {
  return createSigner(signingKey, 'mail-loop')('ours').toString('base64url');
}

export interface FilingParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly receipts: Receipts;
  readonly logger: Logger;
  /** Our private keys by mailbox, unlocked and armored. */
  readonly pgpKeys: ReadonlyMap<string, readonly string[]>;
}

/** Files what was taken in, until it is stopped. */
export function startFiling(config: ServiceConfig, parts: FilingParts): Filer {
  const { database, clock, policy, receipts, logger } = parts;
  const mailboxes = policy.mailboxes ?? [];
  const letters = createReader({
    tellDeath: (death) => logger.warn({ death }, 'the thread that reads mail ended, and is replaced'),
  });
  const examiner = createExaminer({
    resolver: createDnsResolver(),
    tellDeath: (death) => logger.warn({ death }, 'the thread that examines mail ended, and is replaced'),
  });
  const read = createLook({
    ...{ letters, examiner, keysOf: (key) => parts.pgpKeys.get(key) ?? [], now: () => clock.now() },
    certificates: () => certificatesInUse(database.db),
    ours: {
      addresses: [...mailboxes.flatMap(({ addresses }) => addresses), senderOf(config.mailFrom).address],
      mark: { name: LOOP_HEADER, value: ownMark(config) },
    },
    receivedBy: (key) => mailboxes.find((mailbox) => mailbox.key === key)?.receivedBy ?? [],
  });
  const filer = startFiler({
    dependencies: { db: database.db, clock, policy, receipts, read },
    pool: database.pool,
    onError: (error) => logger.warn({ err: error }, 'a message was not filed and will be tried again'),
  });
  return {
    async stop() {
      await filer.stop();
      await Promise.all([letters.close(), examiner.close()]);
    },
  };
}

const NO_MAILBOX =
  'TOCSIN_SMTP_INTAKE_PORT is set, and the policy names no mailbox: expected one under `mailboxes`, or no port.';

/**
 * Takes mail in over SMTP where that is set up.
 *
 * @throws {RangeError} when the policy names no mailbox.
 */
export async function takeMailIn(
  { smtpIntake }: ServiceConfig,
  { database, policy, logger }: Pick<FilingParts, 'database' | 'policy' | 'logger'>,
): Promise<{ close(): Promise<void> } | null> {
  if (smtpIntake === undefined) return null;
  const mailboxes = policy.mailboxes ?? [];
  // Everything that comes would be sent away, to come again for ever.
  if (mailboxes.length === 0) throw new RangeError(NO_MAILBOX);
  const listening = await listenForMail({
    ...smtpIntake,
    drop: createMailDrop(database.db, mailboxes),
    now: () => Date.now(),
    onError: (error) => logger.error({ err: error }, 'a mail could not be kept; its sender comes again'),
  });
  logger.info({ url: listening.url }, 'mail is taken in');
  return listening;
}
