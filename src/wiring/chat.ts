import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';

import { createIrcRooms } from '../adapters/chat-irc.ts';
import { createMatrixRooms } from '../adapters/chat-matrix.ts';
import { createSlackRooms } from '../adapters/chat-slack.ts';
import { type LogKeeper, startLogKeeper } from '../chat/log-keeper.ts';
import type { ServiceConfig } from '../config.ts';
import type { Policy } from '../domain/policy.ts';
import { createEgress } from '../egress.ts';
import type { Database } from '../persistence/database.ts';
import type { ChatRooms, Clock } from '../ports.ts';

/** A page of what was said in a room; see the adapters for how long one is. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

/** Slack lets a method be called fifty times a minute. */
const READ_EVERY_MS = 10_000;

const NOBODY_OPENS =
  'TOCSIN_CHAT_PROVIDER is set, and the policy says for whom no channel is opened: expected `chat`, or no provider.';

/**
 * Null where no chat is configured.
 *
 * @throws {RangeError} when the policy says nothing of chat: whoever configures it would wait for channels in vain.
 */
export function chatRoomsOf({ chat }: ServiceConfig, policy: Policy): ChatRooms | null {
  if (chat === undefined) return null;
  if (policy.rules.channelFor === undefined) throw new RangeError(NOBODY_OPENS);
  const egress = createEgress({ allowHosts: policy.egressAllow, answerBytesMax: ANSWER_BYTES_MAX });
  switch (chat.provider) {
    case 'matrix':
      return createMatrixRooms({ egress, baseUrl: chat.url, token: chat.token, user: chat.user });
    case 'slack':
      return createSlackRooms({ egress, baseUrl: chat.url, token: chat.token });
    case 'irc':
      return createIrcRooms({ url: chat.url });
  }
}

/** Keeps the logs until it is stopped; nothing where there is no chat. */
export function startLogs(
  rooms: ChatRooms | null,
  {
    database,
    clock,
    logger,
  }: { readonly database: Database; readonly clock: Clock; readonly logger: Logger },
): LogKeeper {
  if (rooms === null) return { stop: () => Promise.resolve() };
  const keeper = startLogKeeper({
    dependencies: { db: database.db, clock, rooms, everyMs: READ_EVERY_MS },
    reader: randomUUID(),
    onError: (error) => logger.warn({ err: error }, 'a chat log was not kept and will be tried again'),
  });
  return {
    async stop() {
      await keeper.stop();
      rooms.end();
    },
  };
}
