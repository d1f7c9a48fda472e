import { contentOf, type NewRoom, postIn } from '../domain/chat-room.ts';
import type { ChannelRoom } from '../domain/incident-channel.ts';
import { plain } from '../domain/text-layout.ts';
import { type ChatRooms, later, type NotDone, refused, type RoomMessage } from '../ports.ts';
import {
  allOf,
  type Fields,
  fieldsOf,
  idIn,
  type Slack,
  type SlackOptions,
  slackOf,
} from './chat-slack/web-api.ts';

/**
 * Channels of a Slack workspace. Slack keeps no key of ours: a channel of that name that our bot made is ours, any other is
 * not used. A message that was taken and never answered may be said twice.
 *
 * Replies in threads stand beside the channel, and are read when it is read from its beginning. Source: Slack, Web API.
 */
export function createSlackRooms(options: SlackOptions): ChatRooms {
  let ourselves: Promise<Ourselves | NotDone> | null = null;
  const names = new Map<string, string>();

  /** Asked once, and again where that failed. */
  const whoWeAre = async (slack: Slack): Promise<Ourselves | NotDone> => {
    ourselves ??= askWhoWeAre(slack);
    const answer = await ourselves;
    if (answer.outcome !== 'done') ourselves = null;
    return answer;
  };

  return {
    provider: 'slack',
    hasPrivateRooms: true,
    open: async (cleared) => {
      const wanted = contentOf(cleared);
      const slack = slackOf(options);
      const us = await whoWeAre(slack);
      if (us.outcome !== 'done') return us;
      const channel = await channelFor(wanted, us, slack);
      if (channel.outcome !== 'done') return channel;
      const { id, topic } = channel;
      // Each setting of it is a line in the channel.
      if (topic !== wanted.title) {
        const set = await slack('conversations.setTopic', { channel: id, topic: escaped(wanted.title) });
        if (set.outcome !== 'done') return set;
      }
      const room: ChannelRoom = {
        provider: 'slack',
        room: id,
        name: `#${wanted.to}`,
        url: `${us.url}archives/${id}`,
      };
      return { outcome: 'opened', room };
    },
    invite: async (room, guests) => {
      const missing: string[] = [];
      for (const { username, mail } of guests) {
        const invited = await inviteOne(room, mail, slackOf(options));
        if (invited.outcome === 'later') return invited;
        if (invited.outcome === 'refused') missing.push(username);
      }
      return { outcome: 'done', missing };
    },
    post: async (cleared) => {
      const { to, text } = postIn(cleared);
      const said = await slackOf(options)('chat.postMessage', {
        ...{ channel: to, text: escaped(text), unfurl_links: 'false', unfurl_media: 'false' },
      });
      return said.outcome === 'done' ? { outcome: 'done' } : said;
    },
    read: async (room, mark) => {
      const slack = slackOf({ ...options, timeoutMs: options.timeoutMs ?? READING_MS });
      const fields = { channel: room, ...(mark !== null && { oldest: mark }) };
      const history = await allOf(slack, 'conversations.history', { fields, list: 'messages' });
      if (history.outcome !== 'done') return history;
      const threads =
        mark === null ? history.items.filter(({ reply_count: count }) => Number(count) > 0) : [];
      const replies: Fields[] = [];
      for (const { ts } of threads) {
        const thread = { fields: { channel: room, ts: String(ts) }, list: 'messages' };
        const read = await allOf(slack, 'conversations.replies', thread);
        if (read.outcome !== 'done') return read;
        replies.push(...read.items);
      }
      // The channel's own alone say how far it was read: a reply may be younger than what is said next.
      const last = history.items
        .map(({ ts }) => idIn(ts) ?? '')
        .toSorted(byTime)
        .at(-1);
      const found = [...history.items, ...replies].flatMap((item) => messageIn(item) ?? []);
      const unique = [...new Map(found.map((message) => [message.id, message])).values()];
      const messages = unique.toSorted((a, b) => byTime(a.id, b.id));
      const named = await Promise.all(
        messages.map(async (message) => ({ ...message, author: await nameOf(message.author, names, slack) })),
      );
      return { outcome: 'done', messages: named, mark: last ?? mark, isMore: false };
    },
    close: async (room) => {
      const closed = await slackOf(options)('conversations.archive', { channel: room });
      const isClosed = closed.outcome === 'done' || closed.code === 'already_archived';
      return isClosed ? { outcome: 'done' } : closed;
    },
    end: () => undefined,
  };
}

/** A channel with many threads takes long. */
const READING_MS = 60_000;

interface Ourselves {
  readonly outcome: 'done';
  readonly user: string;
  /** With a slash at the end. */
  readonly url: string;
}

async function askWhoWeAre(slack: Slack): Promise<Ourselves | NotDone> {
  const said = await slack('auth.test', {});
  if (said.outcome !== 'done') return said;
  const user = idIn(said.content['user_id']);
  const { url } = said.content;
  if (user === null || typeof url !== 'string' || !URL.canParse(url)) return later('protocol');
  return { outcome: 'done', user, url: url.endsWith('/') ? url : `${url}/` };
}

type Found = { readonly outcome: 'done'; readonly id: string; readonly topic: string } | NotDone;

async function channelFor({ to, isPrivate }: NewRoom, us: Ourselves, slack: Slack): Promise<Found> {
  const created = await slack('conversations.create', { name: to, is_private: String(isPrivate) });
  if (created.outcome === 'done') return channelIn(created.content['channel']) ?? later('protocol');
  if (created.code !== 'name_taken') return created;
  // Ours are those that we are in: whoever makes a channel is.
  const ours = await allOf(slack, 'users.conversations', {
    fields: { types: 'public_channel,private_channel', exclude_archived: 'false' },
    list: 'channels',
  });
  if (ours.outcome !== 'done') return ours;
  const taken = ours.items.find(({ name, creator }) => name === to && creator === us.user);
  if (taken === undefined || taken['is_private'] !== isPrivate || taken['is_archived'] === true) {
    return refused('name-taken');
  }
  return channelIn(taken) ?? later('protocol');
}

function channelIn(value: unknown): Extract<Found, { readonly outcome: 'done' }> | null {
  const channel = fieldsOf(value);
  const id = idIn(channel?.['id']);
  const topic = fieldsOf(channel?.['topic'])?.['value'];
  return id === null
    ? null
    : { outcome: 'done', id, topic: typeof topic === 'string' ? unescaped(topic) : '' };
}

async function inviteOne(room: string, mail: string, slack: Slack) {
  const known = await slack('users.lookupByEmail', { email: mail });
  if (known.outcome !== 'done') return known;
  const user = idIn(fieldsOf(known.content['user'])?.['id']);
  if (user === null) return refused('protocol');
  const invited = await slack('conversations.invite', { channel: room, users: user });
  const isThere = invited.outcome === 'done' || THERE.has(invited.code);
  return isThere ? ({ outcome: 'done' } as const) : invited;
}

const THERE: ReadonlySet<string> = new Set(['already_in_channel', 'cant_invite_self']);

/** Joining, leaving and setting the topic are no messages of anybody. */
function messageIn({ type, subtype, ts, user, username, text }: Fields): RoomMessage | null {
  const id = idIn(ts);
  const isSaid =
    type === 'message' && (subtype === undefined || (typeof subtype === 'string' && SAID.has(subtype)));
  if (id === null || !isSaid || typeof text !== 'string') return null;
  const at = Math.floor(Number(id) * 1000);
  if (!Number.isSafeInteger(at)) return null;
  return { id, at, author: idIn(user) ?? idIn(username) ?? 'unknown', text: plain(unescaped(text)) };
}

const SAID: ReadonlySet<string> = new Set(['bot_message', 'me_message', 'file_share', 'thread_broadcast']);

/** The name that a person has there; the id where it cannot be had, which must not keep the log waiting. */
async function nameOf(id: string, names: Map<string, string>, slack: Slack): Promise<string> {
  const known = names.get(id);
  if (known !== undefined) return known;
  const said = await slack('users.info', { user: id });
  const name = said.outcome === 'done' ? fieldsOf(said.content['user'])?.['name'] : null;
  if (typeof name !== 'string') return id;
  names.set(id, name);
  return name;
}

function byTime(a: string, b: string): number {
  return Number(a) - Number(b);
}

/** Source: Slack, formatting text: these three, and nothing else, begin something. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Addresses stand in brackets there. */
function unescaped(text: string): string {
  return text
    .replaceAll(/<(https?:[^>|]*)(?:\|[^>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
