import type { Mailbox } from '../domain/message.ts';
import type { Db } from '../persistence/database.ts';
import { storeMessage } from '../persistence/messages.ts';
import type { MailDrop } from '../ports.ts';
import { mailboxFor } from './mailboxes.ts';

/** Stores what a server hands us, before anybody looks into it. */
export function createMailDrop(db: Db, mailboxes: readonly Mailbox[]): MailDrop {
  return {
    async take(message) {
      const mailbox = mailboxFor(mailboxes, message.envelope.rcptTo);
      if (mailbox === null) throw new RangeError('the policy has no mailbox');
      await storeMessage(db, { ...message, mailbox: mailbox.key });
    },
  };
}
