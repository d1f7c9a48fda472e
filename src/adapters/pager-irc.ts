import { randomUUID } from 'node:crypto';
import { contentToPage, type PagerMessage } from '../domain/contact.ts';
import { oneLine } from '../domain/text-layout.ts';
import { later, type Pager, type PagerAnswer, refused } from '../ports.ts';
import { createAllowance } from './pager-irc/allowance.ts';
import { connectToIrc, type IrcMessage } from './pager-irc/connection.ts';

export type { IrcMessage } from './pager-irc/connection.ts';

export interface IrcOptions {
  /** `irc://nick:password@host:6667`, or `ircs://` with TLS. The password is for the server, and for SASL where it has it. */
  readonly url: string;
  /** For one message, from `send` to its answer. */
  readonly timeoutMs?: number;
  /** Before the first attempt to connect again; each further one waits twice as long, up to a minute. */
  readonly reconnectMs?: number;
}

export interface IrcPager extends Pager {
  /** Calls the listener with each private message, until the returned function is called. */
  onMessage(listener: (message: IrcMessage) => void): () => void;
  /**
   * Says something back, as a notice, which no program answers (RFC 2812, 3.3.2). It is lost where we are not connected,
   * and where much was said back just now: whoever floods us must not make us flood the server, which would end the
   * connection that pages need.
   */
  reply(nick: string, text: string): void;
  /** Leaves. What is being sent is answered with `later`. */
  close(): void;
}

/** Servers let a client say about one line a second: several people who are paged at once wait for each other. */
const TIMEOUT_MS = 20_000;

/** Short enough for the next try of a page to find us there, long enough for a server that counts attempts. */
const RECONNECT_MS = 5_000;

/** Less than the line a second that servers allow: pages come first. */
const REPLIES = { atOnce: 5, everyMs: 2_000 };

/**
 * Pages by a private message to a nick, over one lasting connection, which begins at once and is renewed for ever.
 *
 * IRC confirms nothing: a PING follows the message, and its PONG says that the server has read that far. A nick that is
 * not there (401) is `refused`: the server keeps nothing for later, and the next method reaches the person sooner. The
 * message carries its id, by which the person sees a double.
 */
export function createIrcPager(options: IrcOptions): IrcPager {
  const { url, timeoutMs = TIMEOUT_MS, reconnectMs = RECONNECT_MS } = options;
  const connection = connectToIrc({ url, reconnectMs });
  const mayReply = createAllowance(REPLIES);
  return {
    send: async (cleared) => {
      const message = contentToPage(cleared);
      if (!NICK.test(message.to)) return refused('invalid');
      return new Promise((resolve) => {
        const delivery = {
          nick: message.to,
          lines: linesOf(message),
          token: randomUUID(),
          isSaid: false,
          finish: (answer: PagerAnswer): void => {
            clearTimeout(timer);
            connection.forget(delivery);
            resolve(answer);
          },
        };
        const timer = setTimeout(
          () => delivery.finish(later(delivery.isSaid ? 'timeout' : 'unreachable')),
          timeoutMs,
        );
        connection.deliver(delivery);
      });
    },
    onMessage: connection.onMessage,
    reply: (nick, text) => {
      if (NICK.test(nick) && mayReply(Date.now())) connection.notice(nick, oneLine(text));
    },
    close: connection.close,
  };
}

/** No list, no channel, no mask. Source: RFC 2812, 2.3.1, with the length that servers of today allow. */
const NICK = /^[A-Za-z[\]\\`_^{|}][-0-9A-Za-z[\]\\`_^{|}]{0,49}$/;

function linesOf({ short, link, id }: PagerMessage): readonly string[] {
  const said = oneLine(short);
  const where = link === null || said.includes(link) ? [] : [oneLine(link)];
  return [`${said} [${id}]`, ...where];
}
