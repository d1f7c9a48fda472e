/** What somebody said in a room. */
export interface MatrixMessage {
  readonly sender: string;
  readonly roomId: string;
  readonly eventId: string;
  readonly text: string;
}

/**
 * The message that an event of a transaction is; null for all else. A notice is a machine's by convention, and an edit
 * changes a message that was read already. Source: Matrix, Client-Server API, m.room.message.
 */
export function matrixMessage(event: unknown, ownUserId: string): MatrixMessage | null {
  const { type, sender, room_id: roomId, event_id: eventId, content } = fieldsOf(event);
  const { msgtype, body: text, 'm.relates_to': relation } = fieldsOf(content);
  if (type !== 'm.room.message' || msgtype !== 'm.text') return null;
  if (fieldsOf(relation)['rel_type'] === 'm.replace') return null;
  if (typeof sender !== 'string' || typeof roomId !== 'string' || typeof text !== 'string') return null;
  if (typeof eventId !== 'string') return null;
  return sender === ownUserId ? null : { sender, roomId, eventId, text };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/**
 * Runs a piece of work once for each name, also when it is asked for again meanwhile; what failed may be asked for again.
 * Only the latest thousand names are remembered: work behind it must bear a repetition.
 */
export function createOnce(): (name: string, work: () => Promise<void>) => Promise<void> {
  const done = new Map<string, Promise<void>>();
  return async (name, work) => {
    const running = done.get(name) ?? work();
    done.set(name, running);
    const [oldest] = done.keys();
    if (done.size > NAMES_MAX && oldest !== undefined) done.delete(oldest);
    try {
      await running;
    } catch (error) {
      done.delete(name);
      throw error;
    }
  };
}

const NAMES_MAX = 1000;
