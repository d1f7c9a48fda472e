import type { Mailbox } from '../domain/message.ts';
import type { Db } from '../persistence/database.ts';
import { storeMarkedMessage } from '../persistence/mailboxes.ts';
import { storeMessage } from '../persistence/messages.ts';
import type { MailboxDrop, MailDrop } from '../ports.ts';
import { mailboxFor } from './mailboxes.ts';

/** Stores what a server hands us, before anybody looks into it. */
export function createMailDrop(db: Db, mailboxes: readonly Mailbox[]): MailDrop {
  return {
    async take(message) {
      const mailbox = mailboxFor(mailboxes, message.envelope.rcptTo);
      if (mailbox === null) throw new RangeError('the policy has no mailbox');
      await storeMessage(db, { ...message, mailbox: mailbox.key, wholeSize: null });
    },
  };
}

/** The same for what lies in the mailboxes that we look into. */
export function createMailboxDrop(db: Db): MailboxDrop {
  return {
    take: (mailbox, uidValidity, { uid, ...message }) =>
      storeMarkedMessage(db, { mailbox, uidValidity, uid }, { ...message, mailbox, envelope: NOBODY_SAID }),
  };
}

const NOBODY_SAID = { mailFrom: null, rcptTo: [], remoteAddress: null, helo: null };
