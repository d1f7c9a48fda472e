import { contentOf, type NewRoom, postIn } from '../domain/chat-room.ts';
import type { ChannelRoom } from '../domain/incident-channel.ts';
import { plain } from '../domain/text-layout.ts';
import { type ChatRooms, later, refused, type RoomMessage } from '../ports.ts';
import { type Homeserver, homeserverOf, type MatrixOptions, numberOf, textOf } from './matrix/homeserver.ts';

/**
 * Rooms of a homeserver. The alias is the name, and a state event of ours in the room says for which incident it is: an
 * answer that never came is found again by it, and a room that somebody else gave that alias is not used.
 *
 * Nobody of another homeserver may enter: `open to the organization` means those who have an account on this one.
 * Source: Matrix client-server API, v1.
 */
export function createMatrixRooms(options: MatrixOptions): ChatRooms {
  const server = options.user.slice(options.user.indexOf(':') + 1);
  return {
    provider: 'matrix',
    hasPrivateRooms: true,
    open: async (cleared) => {
      const wanted = contentOf(cleared);
      const homeserver = homeserverOf(options);
      const alias = `#${wanted.to}:${server}`;
      const created = await homeserver('POST', ['createRoom'], roomOf(wanted));
      if (created.outcome === 'done') {
        const room = textOf(created.content['room_id']);
        return room === null ? later('protocol') : { outcome: 'opened', room: found(room, alias) };
      }
      return created.code === 'M_ROOM_IN_USE' ? takenRoom(wanted, alias, homeserver) : created.answer;
    },
    invite: async (room, guests) => {
      const missing: string[] = [];
      for (const { username, addresses } of guests) {
        const [person] = addresses;
        const answer =
          person === undefined ? 'missing' : await inviteOne(room, person, homeserverOf(options));
        if (typeof answer === 'object') return answer;
        if (answer === 'missing') missing.push(username);
      }
      return { outcome: 'done', missing };
    },
    post: async (cleared) => {
      const { to, id, text } = postIn(cleared);
      const said = await homeserverOf(options)('PUT', ['rooms', to, 'send', 'm.room.message', id], {
        msgtype: 'm.notice',
        body: text,
      });
      return said.outcome === 'done' ? { outcome: 'done' } : said.answer;
    },
    read: async (room, mark) => {
      const read = await homeserverOf(options)('GET', ['rooms', room, 'messages'], undefined, {
        dir: 'f',
        limit: String(PAGE),
        filter: JSON.stringify({ types: ['m.room.message', 'm.room.encrypted'] }),
        ...(mark !== null && { from: mark }),
      });
      if (read.outcome === 'not-done') return read.answer;
      const { chunk, end } = read.content;
      if (!Array.isArray(chunk)) return later('protocol');
      const next = typeof end === 'string' && /^[\u{21}-\u{7E}]{1,2000}$/u.test(end) ? end : mark;
      return {
        outcome: 'done',
        messages: chunk.flatMap((event: unknown) => messageIn(event) ?? []),
        mark: next,
        isMore: chunk.length >= PAGE && next !== mark,
      };
    },
    close: (room) => closeRoom(room, homeserverOf(options)),
    end: () => undefined,
  };
}

/** A message is at most 64 KiB, so that a page is less than the answer that the egress keeps. */
const PAGE = 100;

/** Of our own kind: it holds the business key. */
const MARK = 'org.tocsin.channel';

function roomOf({ to, key, title, isPrivate }: NewRoom): object {
  return {
    room_alias_name: to,
    name: to.toUpperCase(),
    topic: title,
    preset: isPrivate ? 'private_chat' : 'public_chat',
    // Not in the directory, which strangers may read: whoever reads the incident finds it there.
    visibility: 'private',
    creation_content: { 'm.federate': false },
    initial_state: [
      { type: MARK, state_key: '', content: { key } },
      { type: 'm.room.guest_access', state_key: '', content: { guest_access: 'forbidden' } },
    ],
  };
}

function found(room: string, alias: string): ChannelRoom {
  return { provider: 'matrix', room, name: alias, url: `https://matrix.to/#/${encodeURIComponent(alias)}` };
}

/** Ours of before, whose answer never came, or somebody else's. */
async function takenRoom(wanted: NewRoom, alias: string, homeserver: Homeserver) {
  const named = await homeserver('GET', ['directory', 'room', alias]);
  if (named.outcome === 'not-done') return named.answer;
  const room = textOf(named.content['room_id']);
  if (room === null) return later('protocol');
  const marked = await homeserver('GET', ['rooms', room, 'state', MARK, '']);
  if (marked.outcome === 'not-done' && marked.answer.outcome === 'later') return marked.answer;
  const isOurs = marked.outcome === 'done' && marked.content['key'] === wanted.key;
  return isOurs ? { outcome: 'opened' as const, room: found(room, alias) } : refused('name-taken');
}

/** Who has left the room by themselves is not asked again. */
async function inviteOne(room: string, person: string, homeserver: Homeserver) {
  const there = await homeserver('GET', ['rooms', room, 'state', 'm.room.member', person]);
  if (there.outcome === 'done') return 'there';
  if (there.answer.outcome === 'later') return there.answer;
  const invited = await homeserver('POST', ['rooms', room, 'invite'], { user_id: person });
  if (invited.outcome === 'done') return 'there';
  return invited.answer.outcome === 'later' ? invited.answer : 'missing';
}

/** Nobody enters any more, and nobody but us may say anything. */
async function closeRoom(room: string, homeserver: Homeserver) {
  const levels = ['rooms', room, 'state', 'm.room.power_levels'];
  const now = await homeserver('GET', levels);
  if (now.outcome === 'not-done') return now.answer;
  const closed = { ...now.content, events_default: 100, invite: 100 };
  for (const [path, content] of [
    [['rooms', room, 'state', 'm.room.join_rules'], { join_rule: 'invite' }],
    [levels, closed],
  ] as const) {
    const set = await homeserver('PUT', path, content);
    if (set.outcome === 'not-done') return set.answer;
  }
  return { outcome: 'done' as const };
}

/** Null for what is no message, such as one that was taken back. */
function messageIn(event: unknown): RoomMessage | null {
  if (typeof event !== 'object' || event === null) return null;
  const { type, event_id, sender, origin_server_ts, content } = event as Readonly<Record<string, unknown>>;
  const [id, author, at] = [textOf(event_id), textOf(sender), numberOf(origin_server_ts)];
  if (id === null || author === null || at === null) return null;
  if (type === 'm.room.encrypted') return { id, author, at, text: '(encrypted: not readable here)' };
  const { body, url } = (content ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof body !== 'string') return null;
  return { id, author, at, text: plain(typeof url === 'string' ? `(file) ${body}` : body) };
}
