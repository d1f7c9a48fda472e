import type { IrcPager } from '../adapters/pager-irc.ts';
import type { Receipts } from '../paging/callbacks.ts';
import type { Clock } from '../ports.ts';

/** What somebody says to us on IRC answers their page, if it holds its code. Nothing is said back: a nick is nobody's. */
export function listenOnIrc(
  irc: IrcPager,
  {
    receipts,
    clock,
    onError,
  }: { readonly receipts: Receipts; readonly clock: Clock; readonly onError: (error: unknown) => void },
): void {
  irc.onMessage(({ nick, text }) => {
    receipts.answered({ kind: 'irc', address: nick, text, at: clock.now() }).catch(onError);
  });
}
