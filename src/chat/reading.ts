import { type ChannelKey, keepMessages, type KeptChannel } from '../persistence/channels.ts';
import type { Db } from '../persistence/database.ts';
import type { ChatRooms, Clock, RoomDone } from '../ports.ts';

export interface ReadingDependencies {
  readonly db: Db;
  readonly clock: Clock;
  readonly rooms: ChatRooms;
  /** Between two looks into a channel in which nothing more was waiting. */
  readonly everyMs: number;
}

/** A log of more pages than this in one look goes on with the next one: other channels wait. */
const PAGES_AT_ONCE = 20;

/** Keeps what was said in a channel since the last look. @returns what the provider said at last. */
export async function readChannel(
  { db, clock, rooms, everyMs }: ReadingDependencies,
  channel: ChannelKey & Pick<KeptChannel, 'room' | 'mark'>,
  pagesAtOnce: number = PAGES_AT_ONCE,
): Promise<RoomDone> {
  let { mark } = channel;
  for (let page = 1; ; page += 1) {
    const read = await rooms.read(channel.room, mark);
    if (read.outcome !== 'done') return read;
    const { messages, isMore } = read;
    mark = read.mark;
    const at = clock.now();
    await keepMessages(db, channel, { messages, mark, readNextAt: isMore ? at : at + everyMs });
    if (!isMore || page >= pagesAtOnce) return { outcome: 'done' };
  }
}
