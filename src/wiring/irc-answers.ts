import type { IrcPager } from '../adapters/pager-irc.ts';
import type { Receipts } from '../paging/callbacks.ts';
import type { Clock } from '../ports.ts';

const NOT_TAKEN = 'This could not be taken just now. Say it again in a moment.';

/**
 * What somebody says to us on IRC answers their page, if it holds its code, and they are told what became of it. Anybody
 * may have a nick: what is said back names pages and people, and a page only to whoever knew its code.
 */
export function listenOnIrc(
  irc: Pick<IrcPager, 'onMessage' | 'reply'>,
  {
    receipts,
    clock,
    onError,
  }: {
    readonly receipts: Pick<Receipts, 'answered'>;
    readonly clock: Clock;
    readonly onError: (error: unknown) => void;
  },
): void {
  irc.onMessage(({ nick, text }) => {
    receipts.answered({ kind: 'irc', address: nick, text, at: clock.now() }).then(
      (back) => {
        if (back !== '') irc.reply(nick, back);
      },
      (error: unknown) => {
        irc.reply(nick, NOT_TAKEN);
        onError(error);
      },
    );
  });
}
