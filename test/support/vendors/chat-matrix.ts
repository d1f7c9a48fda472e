import { createMatrixRooms } from '../../../src/adapters/chat-matrix.ts';
import { createEgress } from '../../../src/egress.ts';
import type { ChatVendor } from './chat.ts';
import { type HttpReply, type HttpRequest, objectIn, type Read, startHttpVendor } from './http-vendor.ts';
import { MATRIX_TOKEN, MATRIX_USER } from './matrix.ts';
import { PATIENCE_MS, WAIT_SECONDS } from './vendor.ts';

const PERSON = '@anna:stand.example';
const SERVER = 'stand.example';

interface Room {
  readonly id: string;
  readonly creator: string;
  readonly state: Map<string, Record<string, unknown>>;
  readonly events: { id: string; sender: string; at: number; body: string }[];
  readonly transactions: Map<string, string>;
}

export interface ChatMatrixVendor extends ChatVendor {
  readonly url: string;
}

/** A homeserver as far as rooms of incidents need one. */
export async function startChatMatrix(): Promise<ChatMatrixVendor> {
  const rooms = new Map<string, Room>();
  const aliases = new Map<string, string>();
  let clock = Date.parse('2026-03-01T10:00:00Z');

  const make = (alias: string, creator: string): Room => {
    const room: Room = {
      ...{ id: `!r${rooms.size + 1}:${SERVER}`, creator },
      ...{ state: new Map(), events: [], transactions: new Map() },
    };
    rooms.set(room.id, room);
    aliases.set(alias, room.id);
    room.state.set(`m.room.member/${creator}`, { membership: 'join' });
    room.state.set('m.room.power_levels/', { users: { [creator]: 100 }, events_default: 0 });
    return room;
  };
  const say = (room: Room, sender: string, body: string): string => {
    const id = `$e${room.id.length}${room.events.length + 1}-${room.id.slice(1, 3)}`;
    clock += 1_000;
    room.events.push({ id, sender, at: clock, body });
    return id;
  };
  const joined = (id: string): Room | undefined => {
    const room = rooms.get(id);
    return room?.state.has(`m.room.member/${MATRIX_USER}`) === true ? room : undefined;
  };

  const create = (body: string): Read => {
    const wanted = objectIn(body) ?? {};
    const alias = `#${String(wanted['room_alias_name'])}:${SERVER}`;
    if (aliases.has(alias)) return { reply: { status: 400, body: { errcode: 'M_ROOM_IN_USE' } } };
    const creation = wanted['creation_content'] as Record<string, unknown> | undefined;
    if (creation?.['m.federate'] !== false) return 'a room for other homeservers as well';
    return {
      arrival: { id: alias, to: alias, words: String(wanted['topic']) },
      take: () => {
        const room = make(alias, MATRIX_USER);
        room.state.set('m.room.topic/', { topic: wanted['topic'] });
        const rule = wanted['preset'] === 'public_chat' ? 'public' : 'invite';
        room.state.set('m.room.join_rules/', { join_rule: rule });
        const initial = (wanted['initial_state'] ?? []) as readonly {
          readonly type: string;
          readonly content: Record<string, unknown>;
        }[];
        for (const { type, content } of initial) room.state.set(`${type}/`, content);
      },
      get reply() {
        return { status: 200, body: { room_id: aliases.get(alias) ?? '' } };
      },
    };
  };

  const inRoom = (
    method: string,
    room: Room,
    path: readonly string[],
    { body, query }: { readonly body: string; readonly query: URLSearchParams },
  ): Read => {
    const [kind, type = '', key = ''] = path;
    const content = objectIn(body) ?? {};
    if (kind === 'state' && method === 'GET') {
      const state = room.state.get(`${type}/${key}`);
      return { reply: state === undefined ? NOT_FOUND : { status: 200, body: state } };
    }
    if (kind === 'state' && method === 'PUT') {
      room.state.set(`${type}/${key}`, { ...content });
      return { reply: { status: 200, body: { event_id: '$state' } } };
    }
    if (kind === 'invite' && method === 'POST') {
      const person = String(content['user_id']);
      if (person !== PERSON) return { reply: { status: 403, body: { errcode: 'M_FORBIDDEN' } } };
      if (room.state.has(`m.room.member/${person}`)) return 'invited twice';
      room.state.set(`m.room.member/${person}`, { membership: 'invite' });
      return { reply: { status: 200, body: {} } };
    }
    if (kind === 'send' && method === 'PUT') {
      if (content['msgtype'] !== 'm.notice') return 'not a notice';
      const words = String(content['body']);
      return {
        arrival: { id: key, to: room.id, words },
        take: () => {
          if (!room.transactions.has(key)) room.transactions.set(key, say(room, MATRIX_USER, words));
        },
        reply: { status: 200, body: { event_id: '$event' } },
      };
    }
    if (kind === 'messages' && method === 'GET') {
      if (query.get('dir') !== 'f') return 'not forwards';
      const from = Number(/^t(\d+)$/.exec(query.get('from') ?? 't0')?.[1]);
      const limit = Number(query.get('limit'));
      const chunk = room.events.slice(from, from + limit).map(({ id, sender, at, body: text }) => ({
        ...{ type: 'm.room.message', event_id: id, sender, origin_server_ts: at },
        content: { msgtype: 'm.text', body: text },
      }));
      return {
        reply: { status: 200, body: { start: `t${from}`, end: `t${from + chunk.length}`, chunk } },
      };
    }
    return 'no such route';
  };

  const read = ({ method, path, headers, body }: HttpRequest): Read => {
    if (headers.authorization !== `Bearer ${MATRIX_TOKEN}`) return 'not our token';
    const url = new URL(path, 'http://x');
    const [, rest = ''] = /^\/_matrix\/client\/v3\/(.*)$/.exec(url.pathname) ?? [];
    const [first, ...parts] = rest.split('/').map(decodeURIComponent);
    if (first === 'createRoom' && method === 'POST') return create(body);
    if (first === 'directory' && method === 'GET') {
      const id = aliases.get(parts[1] ?? '');
      return { reply: id === undefined ? NOT_FOUND : { status: 200, body: { room_id: id, servers: [] } } };
    }
    if (first !== 'rooms') return 'no such route';
    const room = joined(parts[0] ?? '');
    if (room === undefined) return { reply: { status: 403, body: { errcode: 'M_FORBIDDEN' } } };
    return inRoom(method, room, parts.slice(1), { body, query: url.searchParams });
  };

  const server = await startHttpVendor({
    read,
    refusal: { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'Not allowed' } },
    busy: { status: 429, body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: WAIT_SECONDS * 1000 } },
  });
  const named = (name: string): readonly Room[] =>
    [...aliases].filter(([alias]) => alias.includes(name)).flatMap(([, id]) => rooms.get(id) ?? []);
  return {
    ...server,
    rooms: createMatrixRooms({
      egress: createEgress({ allowHosts: [], answerBytesMax: 8 * 1024 * 1024 }),
      ...{ baseUrl: server.url, token: MATRIX_TOKEN, user: MATRIX_USER, timeoutMs: PATIENCE_MS },
    }),
    found: async (name) =>
      named(name).map(({ state, events }) => ({
        title: String(state.get('m.room.topic/')?.['topic']),
        isPrivate: state.get('m.room.join_rules/')?.['join_rule'] !== 'public',
        isClosed: state.get('m.room.power_levels/')?.['events_default'] === 100,
        invited: state.has(`m.room.member/${PERSON}`) ? [PERSON] : [],
        said: events.filter(({ sender }) => sender === MATRIX_USER).map(({ body }) => body),
      })),
    say: async (name, text) => {
      for (const room of named(name)) say(room, PERSON, text);
    },
    squat: async (name) => void make(`#${name}:${SERVER}`, '@mallory:stand.example'),
    guest: { username: 'responder1', mail: 'anna@stand.example', addresses: [PERSON] },
    secrets: [MATRIX_TOKEN],
  };
}

const NOT_FOUND: HttpReply = { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'Not found' } };
