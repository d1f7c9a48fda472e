import type pg from 'pg';

import { onNotification } from './notifications.ts';
import { RECORDED_CHANNEL } from './record.ts';
import { asUnavailable } from './record-unavailable.ts';

/** Between two looks of our own: a lost notification costs this much. The first look is at once. */
const LOOK_EVERY_MS = 250;

/**
 * Waits until the incident is recorded at that version or a later one. Woken by notification, over one connection for all
 * who wait on the pool, and looking by itself all the while.
 *
 * @returns false when it was not seen within `timeoutMs`.
 * @throws {RecordUnavailable} then, when the last look failed.
 */
export function waitForVersion(
  pool: pg.Pool,
  incidentId: string,
  version: number,
  timeoutMs: number,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    let isLooking = false;
    const settle = (answer: () => void): void => {
      stopHearing();
      clearInterval(looking);
      clearTimeout(givingUp);
      answer();
    };
    const hear = (recorded: number): void => {
      if (recorded >= version) settle(() => resolve(true));
    };
    const look = async (): Promise<void> => {
      // A frozen Postgres answers no look: one at a time, or the pool would fill with them.
      if (isLooking) return;
      isLooking = true;
      try {
        hear(await readVersion(pool, incidentId));
        failure = undefined;
      } catch (error) {
        failure = asUnavailable(error) as Error;
      } finally {
        isLooking = false;
      }
    };
    const giveUp = (): void => {
      settle(() => (failure === undefined ? resolve(false) : reject(failure)));
    };
    const stopHearing = onRecorded(pool, incidentId, hear);
    const looking = setInterval(() => void look(), LOOK_EVERY_MS);
    const givingUp = setTimeout(giveUp, timeoutMs);
    void look();
  });
}

/** 0 for an incident that is not there. */
async function readVersion(pool: pg.Pool, incidentId: string): Promise<number> {
  const { rows } = await pool.query<{ version: number }>('SELECT version FROM incidents WHERE id = $1', [
    incidentId,
  ]);
  return rows[0]?.version ?? 0;
}

function onRecorded(pool: pg.Pool, incidentId: string, hear: (version: number) => void): () => void {
  return onNotification(pool, RECORDED_CHANNEL, (payload) => {
    const [id, version] = payload.split(' ');
    if (id === incidentId) hear(Number(version));
  });
}
