import { ApplicationFailure } from '@temporalio/common';
import { guestsOf } from '../chat/guests.ts';
import { readChannel } from '../chat/reading.ts';
import { channelEnd, channelNews } from '../domain/channel-wording.ts';
import { clear, type Addressed, type Cleared } from '../domain/clearance.ts';
import type { EffectResult } from '../domain/commands.ts';
import { BY_LABEL, type ChannelEffect } from '../domain/incident-channel.ts';
import type { Policy } from '../domain/policy.ts';
import { channelOf, endChannel, keepChannel, type KeptChannel } from '../persistence/channels.ts';
import { recordClearance } from '../persistence/clearances.ts';
import type { Db } from '../persistence/database.ts';
import { readState } from '../persistence/record.ts';
import type { ChatRooms, Clock, NotDone, RoomDone } from '../ports.ts';

type Of<Do extends ChannelEffect['do']> = Extract<ChannelEffect, { readonly do: Do }>;

interface ChannelTask<Do extends ChannelEffect['do']> {
  readonly incidentId: string;
  readonly effect: Of<Do>;
}

/** The verbs of an incident's chat channel. Each may run more than once; what the provider can tell apart is done once. */
export interface ChannelActivities {
  openChannel(task: ChannelTask<'open-channel'>): Promise<EffectResult>;
  tellChannel(task: ChannelTask<'tell-channel'>): Promise<EffectResult>;
  closeChannel(task: ChannelTask<'close-channel'>): Promise<EffectResult>;
}

export interface ChannelDependencies {
  readonly db: Db;
  readonly clock: Clock;
  /** The policy in force: people. */
  readonly policy: Policy;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Null where no chat is configured. */
  readonly rooms: ChatRooms | null;
}

export function createChannelActivities(dependencies: ChannelDependencies): ChannelActivities {
  const { db, clock, policy, publicUrl, rooms } = dependencies;
  const ended = (
    { key }: ChannelEffect,
    outcome: EffectResult['outcome'],
    detail: string | null = null,
  ): EffectResult => ({ key, outcome, detail, at: clock.now() });

  return {
    async openChannel({ incidentId, effect }) {
      const { n, isPrivate, key } = effect;
      if (rooms === null) return ended(effect, 'withheld', 'not-configured');
      if (isPrivate && !rooms.hasPrivateRooms) return ended(effect, 'withheld', BY_LABEL);
      const to = roomName(incidentId, n);
      const title = `${incidentId} ${linkOf(incidentId)}`;
      const cleared = await pass(incidentId, 'channel', isPrivate, { to, key, title, isPrivate });
      const opened = await rooms.open(cleared);
      if (opened.outcome !== 'opened') return notDone(effect, opened);
      const { room } = opened;
      await keepChannel(db, { ...room, incidentId, n, isPrivate, at: clock.now() });
      const missing = await invite(rooms, incidentId, room.room);
      return { ...ended(effect, 'accepted'), room: { ...room, missing } };
    },

    async tellChannel({ incidentId, effect }) {
      const channel = await ours(incidentId, effect.n);
      if (rooms === null || channel === null) return ended(effect, 'refused', 'not-configured');
      await invite(rooms, incidentId, channel.room);
      const told = await say(
        rooms,
        channel,
        effect.key,
        channelNews(incidentId, effect.news, linkOf(incidentId)),
      );
      return told.outcome === 'done' ? ended(effect, 'accepted') : notDone(effect, told);
    },

    async closeChannel({ incidentId, effect }) {
      const { n, because, key } = effect;
      const channel = await ours(incidentId, n);
      if (rooms === null || channel === null) {
        await endChannel(db, { incidentId, n }, clock.now());
        return ended(effect, 'refused', 'not-configured');
      }
      requireNow(await say(rooms, channel, key, channelEnd(incidentId, because, linkOf(incidentId))));
      const closed = requireNow(await rooms.close(channel.room));
      // What was said up to the end is in the log as well; read from its beginning, with what stands beside (threads).
      const reading = { db, clock, rooms, everyMs: 0 };
      requireNow(await readChannel(reading, channel, Number.POSITIVE_INFINITY));
      await readChannel(reading, { ...channel, mark: null }, Number.POSITIVE_INFINITY);
      await endChannel(db, { incidentId, n }, clock.now());
      return closed.outcome === 'done' ? ended(effect, 'accepted') : ended(effect, 'refused', closed.code);
    },
  };

  /** Null for one at a provider that we have left. */
  async function ours(incidentId: string, n: number): Promise<KeptChannel | null> {
    const channel = await channelOf(db, { incidentId, n });
    return channel?.provider === rooms?.provider ? channel : null;
  }

  /** @returns who could not be found there. */
  async function invite(into: ChatRooms, incidentId: string, room: string): Promise<readonly string[]> {
    const state = await readState(db, incidentId);
    if (state === null) return [];
    const guests = await guestsOf(db, policy, { provider: into.provider, incident: state.state });
    const invited = requireNow(await into.invite(room, guests));
    return invited.outcome === 'done' ? invited.missing : guests.map(({ username }) => username);
  }

  async function say(
    into: ChatRooms,
    { incidentId, room, isPrivate }: KeptChannel,
    id: string,
    text: string,
  ): Promise<RoomDone> {
    return into.post(await pass(incidentId, 'channel-news', isPrivate, { to: room, id, text }));
  }

  /** Fixed sentences, closed lists and a link: not a word that somebody wrote. */
  async function pass<M extends Addressed>(
    incidentId: string,
    purpose: string,
    isPrivate: boolean,
    content: M,
  ): Promise<Cleared<M>> {
    const name = content.to;
    const recipient = { kind: 'room', name, address: name, isPrivate } as const;
    const cleared = clear({ carriesWords: false, content, addressee: name }, recipient);
    await recordClearance(db, { incidentId, at: clock.now(), purpose, ...cleared.clearance });
    if (!cleared.isCleared) throw new TypeError('what carries no words passes the gate');
    return cleared;
  }

  function linkOf(incidentId: string): string {
    return `${publicUrl}/v1/incidents/${incidentId}`;
  }

  function notDone(effect: ChannelEffect, answer: NotDone): EffectResult {
    const settled = requireNow(answer);
    return ended(effect, 'refused', settled.code);
  }
}

/** `inc-2026-0001`, the second of the same incident `inc-2026-0001-2`. */
function roomName(incidentId: string, n: number): string {
  return `${incidentId.toLowerCase()}${n === 1 ? '' : `-${n}`}`;
}

/** Tried again by Temporal, when the provider asks for it. */
function requireNow<Answer extends { readonly outcome: string }>(
  answer: Answer,
): Exclude<Answer, { readonly outcome: 'later' }> {
  if (!isLater(answer)) return answer as Exclude<Answer, { readonly outcome: 'later' }>;
  throw ApplicationFailure.create({
    type: 'chat-later',
    message: `the chat provider is to be asked again: ${answer.code}`,
    ...(answer.afterMs !== null && { nextRetryDelay: answer.afterMs }),
  });
}

function isLater(answer: { readonly outcome: string }): answer is Extract<NotDone, { outcome: 'later' }> {
  return answer.outcome === 'later';
}
