import type { Db } from '../persistence/database.ts';
import type { Quiet } from '../persistence/pager-messages.ts';
import { allQuietHours } from '../persistence/quiet-hours.ts';
import { quietUntil } from '../rotas/quiet-hours.ts';

/** Those who have quiet hours at an instant, and until when. `at` in epoch milliseconds. */
export async function whoIsQuiet(db: Db, at: number): Promise<readonly Quiet[]> {
  const everybody = await allQuietHours(db);
  return everybody.flatMap(({ username, ...hours }) => {
    const until = quietUntil(hours, at);
    return until === null ? [] : [{ person: username, until }];
  });
}
