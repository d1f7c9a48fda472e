import type { Socket } from 'node:net';
import framework, { type Client } from 'irc-framework';
import { later, type PagerAnswer, refused } from '../../ports.ts';
import { optionsOf } from '../irc/options.ts';

/** One message on its way. */
export interface Delivery {
  readonly nick: string;
  readonly lines: readonly string[];
  /** Of the PING that follows the lines. */
  readonly token: string;
  /** The lines were handed to the server. */
  isSaid: boolean;
  finish(answer: PagerAnswer): void;
}

/** What somebody said to us alone. */
export interface IrcMessage {
  /** Anybody may take a nick that is free: it proves nothing. */
  readonly nick: string;
  /** The account with the server's services, which does; null where the server does not say. */
  readonly account: string | null;
  readonly text: string;
}

export interface IrcConnection {
  /** Says it now, or once we are there. */
  deliver(delivery: Delivery): void;
  forget(delivery: Delivery): void;
  /** Says it as a notice if we are there; nothing waits for it. */
  notice(nick: string, line: string): void;
  onMessage(listener: (message: IrcMessage) => void): () => void;
  close(): void;
}

/** Stays connected until it is closed. */
export function connectToIrc({
  url,
  reconnectMs,
}: {
  readonly url: string;
  readonly reconnectMs: number;
}): IrcConnection {
  const client = new framework.Client();
  const deliveries = new Set<Delivery>();
  const listeners = new Set<(message: IrcMessage) => void>();
  let isThere = false;
  let isClosed = false;
  let waitMs = reconnectMs;
  let timer: NodeJS.Timeout | undefined;
  let socket: Socket | undefined;

  client.on('raw socket connected', (connected) => {
    socket = connected;
  });
  client.on('registered', () => {
    isThere = true;
    waitMs = reconnectMs;
    for (const delivery of deliveries) say(client, delivery);
  });
  client.on('socket close', () => {
    isThere = false;
    for (const delivery of deliveries) if (delivery.isSaid) delivery.finish(later('dropped'));
  });
  client.on('close', () => {
    if (isClosed) return;
    timer = setTimeout(() => client.connect(optionsOf(url)), waitMs);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  });
  // Ours of before, which the server has not missed yet, or somebody else's: a page is worth more than the name.
  client.on('nick in use', ({ nick }) => {
    if (!isThere) client.changeNick(`${nick}_`);
  });
  client.on('pong', ({ message }) => {
    for (const delivery of deliveries) {
      if (delivery.token === message) delivery.finish({ outcome: 'accepted', id: null, code: 'PONG' });
    }
  });
  client.on('raw', ({ line, from_server }) => {
    const refusal = from_server ? refusalIn(line) : null;
    if (refusal === null) return;
    for (const delivery of deliveries) {
      if (delivery.isSaid && client.caseCompare(delivery.nick, refusal.nick)) delivery.finish(refusal.answer);
    }
  });
  client.on('privmsg', ({ nick, target, message, account, from_server }) => {
    if (from_server || !client.caseCompare(target, client.user.nick)) return;
    for (const listener of listeners) listener({ nick, account: account ?? null, text: message });
  });
  client.connect(optionsOf(url));

  return {
    deliver: (delivery) => {
      if (isClosed) return delivery.finish(later('unreachable'));
      deliveries.add(delivery);
      if (isThere) say(client, delivery);
    },
    forget: (delivery) => void deliveries.delete(delivery),
    notice: (nick, line) => {
      if (isThere) client.notice(nick, line);
    },
    onMessage: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      for (const delivery of deliveries) delivery.finish(later('unreachable'));
      client.quit('');
      // A server that does not say goodbye would keep the process.
      setTimeout(() => socket?.destroy(), GOODBYE_MS).unref();
    },
  };
}

const LONGEST_WAIT_MS = 60_000;

const GOODBYE_MS = 1_000;

function say(client: Client, delivery: Delivery): void {
  delivery.isSaid = true;
  for (const line of delivery.lines) client.say(delivery.nick, line);
  client.ping(delivery.token);
}

/** What the server says against a message: `:server 401 us them :No such nick`. Source: RFC 2812, 5.2. */
function refusalIn(line: string): { readonly nick: string; readonly answer: PagerAnswer } | null {
  const [, code = '', nick = ''] = /^(?:@\S+ )?:\S+ ([45]\d\d) \S+ (\S+)/.exec(line) ?? [];
  if (code === '' || code === NICK_IN_USE) return null;
  return { nick, answer: code === TOO_FAST ? later(code) : refused(code) };
}

const NICK_IN_USE = '433';
const TOO_FAST = '439';
