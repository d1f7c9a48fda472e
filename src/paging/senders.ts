import pLimit from 'p-limit';
import type { Database } from '../persistence/database.ts';
import { listenToSenders, takeDue, takeMessages, type TakenMessage } from '../persistence/pager-messages.ts';
import { whoIsQuiet } from './quiet-people.ts';
import { type SendingDependencies, sendMessage } from './sending.ts';

export interface SendersSettings {
  readonly dependencies: SendingDependencies;
  readonly pool: Database['pool'];
  /** Told of what went wrong; they themselves go on. */
  readonly onError: (error: unknown) => void;
}

export interface Senders {
  /** Ends when what is being sent has its answer. */
  stop(): Promise<void>;
}

/** A notification wakes them at once; this finds what is due later, and what was told while nobody listened. */
const LOOK_EVERY_MS = 500;

/** Messages under way at once. */
const AT_ONCE = 20;

/**
 * Sends what no step of a ladder sends by itself: a person's further contacts, what waited for a contact's turn, what is to
 * be tried again, and messages that are no pages. Any number of workers may run them; each message is taken up by one.
 */
export function startSenders({ dependencies, pool, onError }: SendersSettings): Senders {
  const { db, clock, policy } = dependencies;
  const underWay = new Set<Promise<void>>();
  const inTurn = pLimit(AT_ONCE);
  let isStopping = false;
  let wake = (): void => {};
  const stopListening = listenToSenders(pool, () => wake());
  const running = run();

  return {
    async stop() {
      isStopping = true;
      stopListening();
      wake();
      await running;
      await Promise.all(underWay);
    },
  };

  async function run(): Promise<void> {
    while (!isStopping) {
      const isWoken = new Promise<void>((resolve) => (wake = resolve));
      await look().catch(onError);
      await Promise.race([isWoken, pause()]);
    }
  }

  async function look(): Promise<void> {
    const at = clock.now();
    const { oneMessagePerMs } = policy.paging;
    for (const message of await takeMessages(db, { pageIds: null, at, oneMessagePerMs })) send(message);
    for (const message of await takeDue(db, at, await whoIsQuiet(db, at))) send(message);
  }

  function send(message: TakenMessage): void {
    const sending = inTurn(() => sendMessage(dependencies, message))
      .catch(onError)
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}
