import type { Logger } from 'pino';

import { createMailboxActivities, type MailboxActivities } from '../activities/mailboxes.ts';
import { createImapMailbox } from '../adapters/mailbox-imap.ts';
import type { ServiceConfig } from '../config.ts';
import type { Policy } from '../domain/policy.ts';
import { startWatches, type WatchesSettings } from '../engine/mailboxes.ts';
import { createMailboxDrop } from '../intake/receiving.ts';
import type { WatchedMailbox } from '../ports.ts';
import { mailboxKeyOf } from './mailbox-keys.ts';

export interface MailboxParts {
  readonly policy: Policy;
  readonly logger: Logger;
}

export interface MailboxWatch {
  readonly activities: MailboxActivities;
  start(): { stop(): Promise<void> };
}

/**
 * The mailboxes that the worker looks into over IMAP.
 *
 * @throws {RangeError} when the environment names one that the policy does not have.
 */
export function createMailboxWatch(
  { mailboxes: configured }: Pick<ServiceConfig, 'mailboxes'>,
  { policy, logger, ...engine }: MailboxParts & Omit<WatchesSettings, 'keys' | 'onError'>,
): MailboxWatch {
  const mailboxes = new Map<string, WatchedMailbox>(
    configured.map(({ name, ...imap }) => [
      mailboxKeyOf(policy, name, `TOCSIN_IMAP_${name}`),
      createImapMailbox({ ...imap, now: () => Date.now() }),
    ]),
  );
  const { db } = engine.database;
  return {
    activities: createMailboxActivities({
      ...{ db, mailboxes, clock: { now: () => Date.now() }, drop: createMailboxDrop(db) },
      // Why, in words of ours: what a server says may be anything.
      onError: (error, mailbox) =>
        logger.warn(
          { mailbox, because: error instanceof Error ? error.message : 'unknown' },
          'a mailbox was not looked into to its end, and will be again',
        ),
    }),
    start: () =>
      startWatches({
        ...engine,
        keys: [...mailboxes.keys()],
        onError: (error) =>
          logger.warn({ err: error }, 'the watch of a mailbox was not started and will be tried again'),
      }),
  };
}
