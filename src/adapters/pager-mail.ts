import { clear, type Cleared } from '../domain/clearance.ts';
import type { PagerMessage } from '../domain/contact.ts';
import { messageIdOf } from '../domain/mail.ts';
import { type Mailer, MailerUnavailable, type Pager } from '../ports.ts';

/** TEMPORARY */
export function createMailPager({ mailer, senderAddress }: { mailer: Mailer; senderAddress: string }): Pager {
  return {
    async send(cleared: Cleared<PagerMessage>) {
      const { id, to, subject, text } = cleared.message;
      const who = cleared.clearance.recipient;
      const mail = clear(
        {
          carriesWords: false,
          addressee: who,
          content: {
            to,
            subject,
            text,
            messageId: messageIdOf({ key: id, recipient: who, senderAddress }),
            headers: { 'Auto-Submitted': 'auto-generated', Importance: 'high', 'X-Priority': '1' },
          },
        },
        { kind: 'own-people', username: who, address: to, roles: [], isAppointed: false },
      );
      if (!mail.isCleared) throw new Error('no');
      try {
        const answer = await mailer.send(mail);
        return answer.outcome === 'accepted'
          ? { outcome: 'accepted', id: answer.messageId, code: answer.code }
          : { outcome: 'refused', code: answer.code };
      } catch (error) {
        if (!(error instanceof MailerUnavailable)) throw error;
        return { outcome: 'later', code: 'unavailable', afterMs: null };
      }
    },
  };
}
