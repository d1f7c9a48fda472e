import type { Effect } from './effects.ts';
import type { EventBody, IncidentEvent } from './events.ts';
import type { Incident } from './incident.ts';
import type { ProcessRules } from './rules.ts';
import { isStricter, type Tlp } from './tlp.ts';
import type { Criticality, Stage } from './vocabulary.ts';

/**
 * The chat channel of an incident: opened by automation, open to the organization unless the label is AMBER or stricter,
 * closed with the incident. Source: NM-20, NM-23.
 */
export interface IncidentChannel {
  /** An incident whose channel was closed may get another one: 1, 2 … */
  readonly n: number;
  readonly state: 'opening' | 'open' | 'withheld' | 'closing' | 'closed';
  /** True for those who were invited; false for the whole organization. */
  readonly isPrivate: boolean;
  /** Null until it is open. */
  readonly room: ChannelRoom | null;
  /** Why it was withheld or closed: `label`, `not-configured`, a stage, or a code of the provider. */
  readonly because: string | null;
}

export interface ChannelRoom {
  readonly provider: ChatProvider;
  /** As the provider names it among its own. */
  readonly room: string;
  /** As people see it. */
  readonly name: string;
  /** Where people enter; null where there is no such address. */
  readonly url: string | null;
}

/** With whom we could not find there, by username: they were not invited. */
export interface OpenedRoom extends ChannelRoom {
  readonly missing: readonly string[];
}

export const CHAT_PROVIDERS = ['matrix', 'slack', 'irc'] as const;
export type ChatProvider = (typeof CHAT_PROVIDERS)[number];

export type ChannelEventBody =
  | { readonly type: 'channel-asked'; readonly n: number; readonly isPrivate: boolean }
  | ({ readonly type: 'channel-opened'; readonly n: number; readonly isPrivate: boolean } & OpenedRoom)
  | { readonly type: 'channel-withheld'; readonly n: number; readonly because: string }
  | { readonly type: 'channel-closing'; readonly n: number; readonly because: string }
  | {
      readonly type: 'channel-closed';
      readonly n: number;
      readonly because: string;
      /** False where the provider would not archive it: then it is still there, and no longer ours. */
      readonly isArchived: boolean;
    };

export type ChannelEffect =
  | { readonly do: 'open-channel'; readonly key: string; readonly n: number; readonly isPrivate: boolean }
  | { readonly do: 'tell-channel'; readonly key: string; readonly n: number; readonly news: ChannelNews }
  | { readonly do: 'close-channel'; readonly key: string; readonly n: number; readonly because: string };

/** What is said in the channel: where the incident stands, in the words of closed lists. */
export interface ChannelNews {
  readonly stage: Stage;
  readonly criticality: Criticality | null;
  readonly lead: string | null;
}

type ChannelIncident = Pick<Incident, 'tlp' | 'endedAt' | 'stage' | 'criticality' | 'channel'>;

/** Who is not invited has no business in a channel of this label. Source: NM-23. */
export function needsPrivateChannel(tlp: Tlp): boolean {
  return !isStricter('AMBER', tlp);
}

/** What has to happen next for the channel to be as the incident wants it; null when it is. */
export function nextOfChannel(
  incident: ChannelIncident,
  { channelFor = [] }: Pick<ProcessRules, 'channelFor'>,
): ChannelEventBody | null {
  const { channel, tlp, endedAt, stage, criticality } = incident;
  const isPrivate = needsPrivateChannel(tlp);
  const isOver = endedAt !== null;
  if (channel?.state === 'open') {
    if (isOver) return { type: 'channel-closing', n: channel.n, because: stage };
    return isPrivate && !channel.isPrivate
      ? { type: 'channel-closing', n: channel.n, because: BY_LABEL }
      : null;
  }
  if (isOver) return null;
  const isAutomatic = criticality !== null && channelFor.includes(criticality);
  return isAnotherWanted(channel, { isPrivate, isAutomatic })
    ? { type: 'channel-asked', n: (channel?.n ?? 0) + 1, isPrivate }
    : null;
}

/** Why a channel is closed, or not opened, where the label forbids it. */
export const BY_LABEL = 'label';

function isAnotherWanted(
  channel: IncidentChannel | undefined,
  { isPrivate, isAutomatic }: { readonly isPrivate: boolean; readonly isAutomatic: boolean },
): boolean {
  if (channel === undefined) return isAutomatic;
  // The open one was closed for its label: those who have to know go on in one of their own.
  if (channel.state === 'closed') return channel.because === BY_LABEL || isAutomatic;
  return channel.state === 'withheld' && channel.because === BY_LABEL && !isPrivate && isAutomatic;
}

export function channelAfter(
  channel: IncidentChannel | undefined,
  body: ChannelEventBody,
): IncidentChannel | undefined {
  if (body.type === 'channel-asked') {
    const { n, isPrivate } = body;
    return { n, isPrivate, state: 'opening', room: null, because: null };
  }
  if (channel === undefined || channel.n !== body.n) return channel;
  switch (body.type) {
    case 'channel-opened': {
      const { isPrivate, provider, room, name, url } = body;
      return { ...channel, state: 'open', isPrivate, room: { provider, room, name, url } };
    }
    case 'channel-withheld':
      return { ...channel, state: 'withheld', because: body.because };
    case 'channel-closing':
      return { ...channel, state: 'closing', because: body.because };
    case 'channel-closed':
      return { ...channel, state: 'closed', because: body.because };
  }
}

/** The outward work that an event means for the channel. `before` is the incident without the event, `after` with it. */
export function channelWork(
  before: Incident,
  after: Incident,
  { seq, body }: IncidentEvent,
): readonly ChannelEffect[] {
  const keyOf = (n: number) => `${after.id}:channel:${n}`;
  switch (body.type) {
    case 'channel-asked':
      return [{ do: 'open-channel', key: keyOf(body.n), n: body.n, isPrivate: body.isPrivate }];
    case 'channel-closing':
      return [{ do: 'close-channel', key: `${keyOf(body.n)}:close`, n: body.n, because: body.because }];
    default: {
      const { channel } = after;
      if (channel?.state !== 'open' || before.channel?.state !== 'open' || after.endedAt !== null) return [];
      if (!isNews(before, after)) return [];
      const { stage, criticality, lead } = after;
      const key = `${keyOf(channel.n)}:news:${seq}`;
      return [{ do: 'tell-channel', key, n: channel.n, news: { stage, criticality, lead } }];
    }
  }
}

/** Who joins the team is news too: they are to be invited. */
function isNews(before: Incident, after: Incident): boolean {
  return (
    before.stage !== after.stage ||
    before.criticality !== after.criticality ||
    before.lead !== after.lead ||
    after.team.length > before.team.length
  );
}

export function isSettledInChannel(effect: Effect, body: EventBody): boolean {
  switch (body.type) {
    case 'channel-opened':
    case 'channel-withheld':
      return effect.do === 'open-channel' && effect.n === body.n;
    case 'channel-closed':
      return (effect.do === 'close-channel' || effect.do === 'tell-channel') && effect.n === body.n;
    default:
      return false;
  }
}

/** What became of opening or closing a channel, as an event. */
export function channelResult(
  effect: Extract<ChannelEffect, { readonly do: 'open-channel' | 'close-channel' }>,
  {
    outcome,
    detail,
    room,
  }: {
    readonly outcome: 'accepted' | 'refused' | 'withheld';
    readonly detail: string | null;
    readonly room?: OpenedRoom;
  },
): ChannelEventBody {
  const { n } = effect;
  if (effect.do === 'close-channel') {
    return { type: 'channel-closed', n, because: effect.because, isArchived: outcome === 'accepted' };
  }
  return outcome === 'accepted' && room !== undefined
    ? { type: 'channel-opened', n, isPrivate: effect.isPrivate, ...room }
    : { type: 'channel-withheld', n, because: detail ?? outcome };
}
