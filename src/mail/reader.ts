import { bareAddresses } from './addresses.ts';
import { envelopeOf } from './envelope.ts';
import type { Letter, Unreadable, UnreadableReason } from './letter.ts';
import { LIMITS, READER_LIMITS, type ReaderLimits } from './limits.ts';
import { startThread, type DeathTeller, type Thread } from './thread.ts';

export interface Reader {
  /**
   * A raw message, read. It never rejects: what takes too long, needs too much memory or kills the parser is unreadable,
   * with the envelope that its headers allow. Whoever asks while another is being read waits.
   */
  read(bytes: Uint8Array): Promise<Letter | Unreadable>;
  close(): Promise<void>;
}

export interface ReaderOptions extends Partial<ReaderLimits> {
  readonly tellDeath?: DeathTeller;
}

/**
 * Strangers write what is parsed here, so it is parsed in a thread of its own, with a heap of its own and a clock. The
 * thread starts with the first message, lives on, and is replaced by the next message after it died.
 */
export function createReader({ tellDeath = () => undefined, ...limits }: ReaderOptions = {}): Reader {
  const { timeoutMs, heapMb } = { ...READER_LIMITS, ...limits };
  let thread: Thread | null = null;
  let isClosed = false;
  let turn: Promise<unknown> = Promise.resolve();

  const readNow = async (bytes: Uint8Array): Promise<Letter | Unreadable> => {
    if (bytes.byteLength > LIMITS.bytes) return unreadable(bytes, 'too-large');
    if (isClosed) return unreadable(bytes, 'no-reader');
    try {
      thread ??= startThread(heapMb, tellDeath);
      const outcome = await thread.parse(bytes, timeoutMs);
      if ('letter' in outcome) return outcome.letter;
      if (outcome.failure !== 'malformed') thread = null;
      return unreadable(bytes, outcome.failure);
    } catch {
      void thread?.stop();
      thread = null;
      return unreadable(bytes, 'no-reader');
    }
  };

  return {
    async read(bytes) {
      const read = turn.then(() => readNow(bytes));
      turn = read;
      return read;
    },
    async close() {
      isClosed = true;
      await thread?.stop();
    },
  };
}

function unreadable(bytes: Uint8Array, reason: UnreadableReason): Unreadable {
  return { ...envelopeOf(bytes, bareAddresses), unreadable: reason };
}
