import { createSlackRooms } from '../../../src/adapters/chat-slack.ts';
import { createEgress } from '../../../src/egress.ts';
import type { ChatVendor } from './chat.ts';
import { type HttpReply, type HttpRequest, type Read, startHttpVendor } from './http-vendor.ts';
import { PATIENCE_MS, WAIT_SECONDS } from './vendor.ts';

const TOKEN = 'xoxb-never-to-be-seen';
const US = 'U0TOCSIN';
const ANNA = { id: 'U0ANNA', name: 'anna', mail: 'anna@stand.example' };

interface Message {
  readonly type: 'message';
  readonly subtype?: string;
  readonly ts: string;
  readonly user: string;
  readonly text: string;
  readonly thread?: string;
}

interface Channel {
  readonly id: string;
  readonly name: string;
  readonly creator: string;
  readonly isPrivate: boolean;
  topic: string;
  isArchived: boolean;
  readonly members: string[];
  readonly messages: Message[];
}

export interface ChatSlackVendor extends ChatVendor {
  /** Somebody answers the last message of the channel in a thread. */
  answer(name: string, text: string): void;
}

/** A workspace as far as channels of incidents need one; it gives few things at a time. */
export async function startChatSlack(): Promise<ChatSlackVendor> {
  const channels: Channel[] = [];
  let seconds = Date.parse('2026-03-01T10:00:00Z') / 1000;
  const nextTs = () => `${(seconds += 1)}.000100`;

  const make = (name: string, creator: string, isPrivate: boolean): Channel => {
    const channel: Channel = {
      ...{ id: `C0${channels.length + 1}`, name, creator, isPrivate, topic: '', isArchived: false },
      ...{ members: [creator], messages: [] },
    };
    channels.push(channel);
    say(channel, { user: creator, text: 'has joined', subtype: 'channel_join' });
    return channel;
  };
  const say = (channel: Channel, said: Pick<Message, 'user' | 'text'> & Partial<Message>): string => {
    const ts = nextTs();
    channel.messages.push({ type: 'message', ts, ...said });
    return ts;
  };
  const shown = ({ id, name, creator, isPrivate, topic, isArchived }: Channel) => ({
    ...{ id, name, creator, is_private: isPrivate, is_archived: isArchived, topic: { value: topic } },
  });
  const paged = <Item>(items: readonly Item[], list: string, fields: URLSearchParams): Read => {
    const from = Number(fields.get('cursor') ?? 0);
    const end = from + 2;
    const next = end < items.length ? String(end) : '';
    return ok({ [list]: items.slice(from, end), response_metadata: { next_cursor: next } });
  };

  const methods: Readonly<Record<string, (fields: URLSearchParams, channel: Channel | undefined) => Read>> = {
    'auth.test': () => ok({ user_id: US, url: 'https://stand.slack.example/' }),
    'conversations.create': (fields) => {
      const name = fields.get('name') ?? '';
      if (!/^[a-z0-9_-]{1,80}$/.test(name)) return 'not a name of a channel';
      if (channels.some((one) => one.name === name)) return error('name_taken');
      return {
        arrival: { id: name, to: name, words: name },
        take: () => void make(name, US, fields.get('is_private') === 'true'),
        get reply(): HttpReply {
          const made = channels.find((one) => one.name === name);
          return { status: 200, body: { ok: true, channel: made === undefined ? {} : shown(made) } };
        },
      };
    },
    'users.conversations': (fields) =>
      paged(channels.filter(({ members }) => members.includes(US)).map(shown), 'channels', fields),
    'conversations.setTopic': (fields, channel) => {
      if (channel === undefined) return error('channel_not_found');
      channel.topic = fields.get('topic') ?? '';
      say(channel, { user: US, text: 'set the topic', subtype: 'channel_topic' });
      return ok({});
    },
    'users.lookupByEmail': (fields) =>
      fields.get('email') === ANNA.mail ? ok({ user: { id: ANNA.id } }) : error('users_not_found'),
    'users.info': (fields) => {
      if (fields.get('user') === ANNA.id) return ok({ user: { name: ANNA.name } });
      return fields.get('user') === US ? ok({ user: { name: 'tocsin' } }) : error('user_not_found');
    },
    'conversations.invite': (fields, channel) => {
      const user = fields.get('users') ?? '';
      if (channel === undefined) return error('channel_not_found');
      if (channel.members.includes(user)) return error('already_in_channel');
      channel.members.push(user);
      return ok({});
    },
    'chat.postMessage': (fields, channel) => {
      if (channel === undefined) return error('channel_not_found');
      if (channel.isArchived) return error('is_archived');
      const text = fields.get('text') ?? '';
      if (/[<>]/.test(text)) return 'what is not escaped';
      return {
        arrival: { id: text, to: channel.id, words: text },
        take: () => void say(channel, { user: US, text }),
        reply: { status: 200, body: { ok: true, ts: '1.1' } },
      };
    },
    'conversations.history': (fields, channel) => {
      if (channel === undefined) return error('channel_not_found');
      const oldest = Number(fields.get('oldest') ?? 0);
      const found = channel.messages
        .filter(({ ts, thread }) => Number(ts) > oldest && thread === undefined)
        .map((message) => ({
          ...message,
          reply_count: channel.messages.filter(({ thread }) => thread === message.ts).length,
        }));
      return paged(found.toReversed(), 'messages', fields);
    },
    'conversations.replies': (fields, channel) => {
      const parent = fields.get('ts');
      const found = channel?.messages.filter(({ ts, thread }) => ts === parent || thread === parent);
      return paged(found ?? [], 'messages', fields);
    },
    'conversations.archive': (_fields, channel) => {
      if (channel === undefined) return error('channel_not_found');
      if (channel.isArchived) return error('already_archived');
      channel.isArchived = true;
      return ok({});
    },
  };

  const read = ({ method, path, headers, body }: HttpRequest): Read => {
    if (headers.authorization !== `Bearer ${TOKEN}`) return 'not our token';
    const answer = methods[path.replace(/^\/api\//, '')];
    if (method !== 'POST' || answer === undefined) return 'no such method';
    const fields = new URLSearchParams(body);
    const channel = channels.find(({ id }) => id === fields.get('channel'));
    // Of a channel that we are not in we see nothing.
    return answer(fields, channel?.members.includes(US) === true ? channel : undefined);
  };
  const server = await startHttpVendor({
    read,
    refusal: { status: 200, body: { ok: false, error: 'restricted_action' } },
    busy: {
      status: 429,
      headers: { 'retry-after': String(WAIT_SECONDS) },
      body: { ok: false, error: 'ratelimited' },
    },
  });
  const named = (name: string) => channels.filter((channel) => channel.name.includes(name));
  return {
    ...server,
    rooms: createSlackRooms({
      egress: createEgress({ allowHosts: [], answerBytesMax: 8 * 1024 * 1024 }),
      ...{ baseUrl: `${server.url}/api`, token: TOKEN, timeoutMs: PATIENCE_MS },
    }),
    found: async (name) =>
      named(name).map(({ topic, isPrivate, isArchived, members, messages }) => ({
        ...{ title: topic, isPrivate, isClosed: isArchived, invited: members.filter((one) => one !== US) },
        said: messages.flatMap(({ user, text, subtype }) =>
          user === US && subtype === undefined ? [text] : [],
        ),
      })),
    say: async (name, text) => {
      for (const channel of named(name)) say(channel, { user: ANNA.id, text });
    },
    answer: (name, text) => {
      for (const channel of named(name)) {
        const last = channel.messages.findLast(({ thread }) => thread === undefined);
        say(channel, { user: ANNA.id, text, ...(last !== undefined && { thread: last.ts }) });
      }
    },
    squat: async (name) => void make(name, 'U0MALLORY', false),
    guest: { username: 'responder1', mail: ANNA.mail, addresses: [] },
    secrets: [TOKEN],
  };
}

function ok(fields: object): Read {
  return { reply: { status: 200, body: { ok: true, ...fields } } };
}

function error(code: string): Read {
  return { reply: { status: 200, body: { ok: false, error: code } } };
}
