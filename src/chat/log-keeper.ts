import { setTimeout as sleep } from 'node:timers/promises';
import { claimChannels, type KeptChannel, postponeReading } from '../persistence/channels.ts';
import { readChannel, type ReadingDependencies } from './reading.ts';

export interface LogKeeperSettings {
  readonly dependencies: ReadingDependencies;
  /** Which worker this is, unlike every other. */
  readonly reader: string;
  /** Told of what went wrong; the channel is looked into again. */
  readonly onError: (error: unknown) => void;
}

export interface LogKeeper {
  /** Ends when what is in hand is kept. */
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;

const TAKEN_AT_ONCE = 20;

/** After that another worker reads the channels of one that is gone. */
const LEASE_MS = 60_000;

/** After a refusal, which somebody has to mend: our token, our place in the room. */
const AGAIN_AFTER_REFUSAL_MS = 5 * 60_000;

/** After a failure of the far side that names no time. */
const AGAIN_MS = 15_000;

/** Keeps the logs of all open channels; in every worker, each channel by one of them. Source: NM-23. */
export function startLogKeeper({ dependencies, reader, onError }: LogKeeperSettings): LogKeeper {
  const { db, clock, rooms } = dependencies;
  const stopping = new AbortController();
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch(onError);
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  async function look(): Promise<void> {
    const at = clock.now();
    const { provider } = rooms;
    const claim = { provider, reader, at, untilAt: at + LEASE_MS, limit: TAKEN_AT_ONCE };
    for (const channel of await claimChannels(db, claim)) {
      if (stopping.signal.aborted) return;
      await keep(channel);
    }
  }

  async function keep(channel: KeptChannel): Promise<void> {
    const read = await readChannel(dependencies, channel);
    if (read.outcome === 'done') return;
    const isRefused = read.outcome === 'refused';
    if (isRefused) onError(new Error(`the channel of ${channel.incidentId} cannot be read: ${read.code}`));
    const waitMs = isRefused ? AGAIN_AFTER_REFUSAL_MS : (read.afterMs ?? AGAIN_MS);
    await postponeReading(db, channel, clock.now() + waitMs);
  }
}
