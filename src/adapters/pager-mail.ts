import { contentToPage } from '../domain/contact.ts';
import type { PagerMessage } from '../domain/contact.ts';
import { type Mail, messageIdOf } from '../domain/mail.ts';
import { later, type Mailer, MailerUnavailable, type Pager } from '../ports.ts';

export interface MailPagerOptions {
  readonly mailer: Mailer;
  /** Its domain stands in the Message-IDs. */
  readonly senderAddress: string;
}

/** Pages by mail, through the mailer that carries every other mail too. A second try has the same Message-ID. */
export function createMailPager({ mailer, senderAddress }: MailPagerOptions): Pager {
  return {
    send: async (cleared) => {
      const { id } = contentToPage(cleared);
      const messageId = messageIdOf({ key: id, recipient: cleared.clearance.recipient, senderAddress });
      try {
        const answer = await mailer.send(cleared.as((message) => mailOf(message, messageId)));
        return answer.outcome === 'accepted'
          ? { outcome: 'accepted', id: answer.messageId, code: answer.code }
          : { outcome: 'refused', code: answer.code };
      } catch (error) {
        if (error instanceof MailerUnavailable) return later('unreachable');
        throw error;
      }
    },
  };
}

function mailOf({ to, subject, text, isUrgent, replyTo }: PagerMessage, messageId: string): Mail {
  return {
    to,
    subject,
    text,
    messageId,
    headers: { ...AUTOMATIC, ...(isUrgent && URGENT) },
    ...(replyTo !== null && { replyTo }),
  };
}

/** No answering machine answers it. Source: RFC 3834; the second for Microsoft's servers. */
const AUTOMATIC = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

const URGENT = { Importance: 'high', 'X-Priority': '1' };
