import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import framework from 'irc-framework';
import { optionsOf } from '../irc/options.ts';

/** What was said in a room while we were there. */
export interface HeardLine {
  /** Epoch milliseconds; no two lines of a room have the same. */
  readonly at: number;
  readonly nick: string;
  readonly text: string;
}

/** A lasting connection that is in rooms, and comes back into them when it was lost. */
export interface IrcRooms {
  isIn(room: string): boolean;
  /** True once the server has read everything that was said until now; waits for the connection as well. */
  heard(timeoutMs: number): Promise<boolean>;
  /** `operator` where the room was not there before us. */
  join(room: string, timeoutMs: number): Promise<'operator' | 'guest' | 'refused' | 'silence'>;
  leave(room: string): void;
  /** One line of protocol, of parts that were checked. */
  say(line: string): void;
  /** Says it, and waits for one of the numerics that are about somebody. */
  ask(line: string, question: Question): Promise<'yes' | 'no' | 'silence'>;
  /** The server does not say our own lines back. */
  keepOwn(room: string, text: string): void;
  linesOf(room: string): readonly HeardLine[];
  end(): void;
}

interface Question {
  readonly yes: readonly string[];
  readonly no: readonly string[];
  readonly about: string;
  readonly timeoutMs: number;
}

/** More than is said between two looks of the log; the oldest go first. */
const LINES_MAX = 5_000;
const LONGEST_WAIT_MS = 60_000;
const GOODBYE_MS = 1_000;

/** Full, by invitation, banned, with a key, no such channel, too many, a bad name. Source: RFC 2812, 5.2. */
const JOIN_REFUSED: ReadonlySet<string> = new Set([
  '403',
  '405',
  '437',
  '471',
  '473',
  '474',
  '475',
  '476',
  '477',
]);

type Listener = (numeric: string, words: readonly string[], line: string) => void;

export function connectToIrcRooms({
  url,
  reconnectMs,
}: {
  readonly url: string;
  readonly reconnectMs: number;
}): IrcRooms {
  const client = new framework.Client();
  const rooms = new Map<string, boolean>();
  const lines = new Map<string, HeardLine[]>();
  const listeners = new Set<Listener>();
  const waiting = new Map<string, () => void>();
  let isThere = false;
  let isEnded = false;
  let waitMs = reconnectMs;
  let timer: NodeJS.Timeout | undefined;
  let socket: Socket | undefined;

  const keep = (room: string, nick: string, text: string): void => {
    const kept = lines.get(room) ?? [];
    kept.push({ at: Math.max(Date.now(), (kept.at(-1)?.at ?? 0) + 1), nick, text });
    lines.set(room, kept.slice(-LINES_MAX));
  };

  client.on('raw socket connected', (connected) => {
    socket = connected;
  });
  client.on('registered', () => {
    isThere = true;
    waitMs = reconnectMs;
    for (const room of rooms.keys()) client.raw(`JOIN ${room}`);
    for (const token of waiting.keys()) client.ping(token);
  });
  client.on('socket close', () => {
    isThere = false;
    for (const room of rooms.keys()) rooms.set(room, false);
  });
  client.on('close', () => {
    if (isEnded) return;
    timer = setTimeout(() => client.connect(optionsOf(url)), waitMs);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  });
  client.on('nick in use', ({ nick }) => {
    if (!isThere) client.changeNick(`${nick}_`);
  });
  client.on('pong', ({ message }) => {
    if (message !== undefined) waiting.get(message)?.();
  });
  client.on('privmsg', ({ nick, target, message, from_server }) => {
    if (!from_server && rooms.has(target.toLowerCase())) keep(target.toLowerCase(), nick, message);
  });
  client.on('raw', ({ line, from_server }) => {
    const [, numeric = '', rest = ''] = (from_server && /^(?:@\S+ )?:\S+ (\d{3}) (.*)/.exec(line)) || [];
    if (numeric === '') return;
    const words = rest.split(' ');
    // The end of the names: we are in.
    if (numeric === '366' && words[1] !== undefined) rooms.set(words[1].toLowerCase(), true);
    for (const listener of listeners) listener(numeric, words, line);
  });
  client.connect(optionsOf(url));

  /** Until the listener has what it waits for; `silence` when that takes too long. */
  const listen = async <Answer extends string>(
    timeoutMs: number,
    begin: () => void,
    hear: (numeric: string, words: readonly string[], line: string) => Answer | null,
  ): Promise<Answer | 'silence'> =>
    new Promise((resolve) => {
      const finish = (answer: Answer | 'silence'): void => {
        clearTimeout(deadline);
        listeners.delete(listener);
        resolve(answer);
      };
      const listener: Listener = (...heard) => {
        const answer = hear(...heard);
        if (answer !== null) finish(answer);
      };
      const deadline = setTimeout(() => finish('silence'), timeoutMs);
      listeners.add(listener);
      begin();
    });

  return {
    isIn: (room) => isThere && rooms.get(room) === true,
    heard: (timeoutMs) =>
      new Promise((resolve) => {
        const token = randomUUID();
        const finish = (isHeard: boolean): void => {
          clearTimeout(deadline);
          waiting.delete(token);
          resolve(isHeard);
        };
        const deadline = setTimeout(() => finish(false), timeoutMs);
        waiting.set(token, () => finish(true));
        if (isThere) client.ping(token);
      }),
    join: (room, timeoutMs) => {
      let isOperator = false;
      const isUs = (word: string) => word.replace(/^:?@/, '') === client.user.nick && /^:?@/.test(word);
      return listen(
        timeoutMs,
        () => {
          rooms.set(room, false);
          client.raw(`JOIN ${room}`);
        },
        (numeric, words) => {
          if (numeric === '353' && words.includes(room)) isOperator ||= words.slice(3).some(isUs);
          if (numeric === '366' && words[1] === room) return isOperator ? 'operator' : 'guest';
          if (!JOIN_REFUSED.has(numeric) || words[1] !== room) return null;
          rooms.delete(room);
          return 'refused';
        },
      );
    },
    leave: (room) => {
      rooms.delete(room);
      client.raw(`PART ${room}`);
    },
    say: (line) => client.raw(line),
    ask: (line, { yes, no, about, timeoutMs }) =>
      listen(
        timeoutMs,
        () => client.raw(line),
        (numeric, words) => {
          if (!words.some((word) => client.caseCompare(word, about))) return null;
          if (yes.includes(numeric)) return 'yes';
          return no.includes(numeric) ? 'no' : null;
        },
      ),
    keepOwn: (room, text) => keep(room, client.user.nick, text),
    linesOf: (room) => lines.get(room) ?? [],
    end: () => {
      isEnded = true;
      clearTimeout(timer);
      client.quit('');
      // A server that does not say goodbye would keep the process.
      setTimeout(() => socket?.destroy(), GOODBYE_MS).unref();
    },
  };
}
