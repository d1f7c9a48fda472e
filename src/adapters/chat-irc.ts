import { contentOf, postIn } from '../domain/chat-room.ts';
import { plain } from '../domain/text-layout.ts';
import { type ChatRooms, later, refused, type RoomDone } from '../ports.ts';
import { connectToIrcRooms, type IrcRooms } from './chat-irc/rooms.ts';

export interface IrcRoomsOptions {
  /** `irc://nick:password@host:6667`, or `ircs://` with TLS. */
  readonly url: string;
  /** For each piece of work. */
  readonly timeoutMs?: number;
  /** Before the first attempt to connect again; each further one waits twice as long, up to a minute. */
  readonly reconnectMs?: number;
}

const TIMEOUT_MS = 20_000;
const RECONNECT_MS = 5_000;

/**
 * Channels of an IRC server, over one lasting connection. The server keeps nothing: the log holds what was said while we
 * were there. A nick proves nothing, so that nobody could be invited alone: there are no private rooms. A channel in which
 * the server does not make us operator was there before us, and is not used. Source: RFC 2812, 3.2.
 */
export function createIrcRooms(options: IrcRoomsOptions): ChatRooms {
  const { url, timeoutMs = TIMEOUT_MS, reconnectMs = RECONNECT_MS } = options;
  const irc = connectToIrcRooms({ url, reconnectMs });
  const invited = new Map<string, Set<string>>();
  const closed = new Set<string>();

  return {
    provider: 'irc',
    hasPrivateRooms: false,
    open: async (cleared) => {
      const { to, title, isPrivate } = contentOf(cleared);
      if (isPrivate) return refused('no-private-rooms');
      const room = `#${to}`;
      const entered = await enter(irc, room, { isNew: true, timeoutMs });
      if (entered.outcome !== 'done') return entered;
      irc.say(`MODE ${room} +nt`);
      irc.say(`TOPIC ${room} :${title}`);
      const isHeard = await irc.heard(timeoutMs);
      if (!isHeard) return later('timeout');
      closed.delete(room);
      return { outcome: 'opened', room: { provider: 'irc', room, name: room, url: addressOf(url, room) } };
    },
    invite: async (room, guests) => {
      const already = invited.get(room) ?? new Set<string>();
      invited.set(room, already);
      const missing: string[] = [];
      for (const { username, addresses } of guests) {
        const nick = addresses.find((address) => NICK.test(address));
        if (nick !== undefined && already.has(nick)) continue;
        const answer =
          nick === undefined
            ? 'missing'
            : await irc.ask(`INVITE ${nick} ${room}`, {
                yes: ['341', '443'],
                no: ['401'],
                about: nick,
                timeoutMs,
              });
        if (answer === 'silence') return later('timeout');
        if (answer === 'yes' && nick !== undefined) already.add(nick);
        else missing.push(username);
      }
      return { outcome: 'done', missing };
    },
    post: async (cleared) => {
      const { to, text } = postIn(cleared);
      const entered = await enter(irc, to, { isNew: false, timeoutMs });
      if (entered.outcome !== 'done') return entered;
      irc.say(`PRIVMSG ${to} :${text}`);
      if (!(await irc.heard(timeoutMs))) return later('timeout');
      irc.keepOwn(to, text);
      return { outcome: 'done' };
    },
    read: async (room, mark) => {
      if (!closed.has(room)) {
        const entered = await enter(irc, room, { isNew: false, timeoutMs });
        if (entered.outcome !== 'done') return entered;
      }
      const since = mark === null ? 0 : Number(mark);
      const heard = irc.linesOf(room).filter(({ at }) => at > since);
      const messages = heard.map(({ at, nick, text }) => ({
        id: String(at),
        at,
        author: nick,
        text: plain(text),
      }));
      return { outcome: 'done', messages, mark: messages.at(-1)?.id ?? mark, isMore: false };
    },
    close: async (room) => {
      if (closed.has(room)) return { outcome: 'done' };
      const entered = await enter(irc, room, { isNew: false, timeoutMs });
      if (entered.outcome !== 'done') return entered;
      // Those who are still in it stay, and hear nothing any more.
      irc.say(`MODE ${room} +im`);
      irc.leave(room);
      if (!(await irc.heard(timeoutMs))) return later('timeout');
      closed.add(room);
      return { outcome: 'done' };
    },
    end: irc.end,
  };
}

const NICK = /^[A-Za-z[\]\\`_^{|}][-0-9A-Za-z[\]\\`_^{|}]{0,49}$/;

async function enter(
  irc: IrcRooms,
  room: string,
  { isNew, timeoutMs }: { readonly isNew: boolean; readonly timeoutMs: number },
): Promise<RoomDone> {
  if (irc.isIn(room)) return { outcome: 'done' };
  if (!(await irc.heard(timeoutMs))) return later('unreachable');
  const answer = await irc.join(room, timeoutMs);
  if (answer === 'silence') return later('timeout');
  if (answer === 'refused') return refused('join');
  if (!isNew || answer === 'operator') return { outcome: 'done' };
  irc.leave(room);
  return refused('name-taken');
}

function addressOf(given: string, room: string): string {
  const { protocol, host } = new URL(given);
  return `${protocol}//${host}/${encodeURIComponent(room)}`;
}
