import type { Db } from './database.ts';
import { epochMs } from './instants.ts';

/** What whoever hands a rota over wants the next one to know. It may hold words of incidents. */
export interface RotaNote {
  readonly id: string;
  readonly rota: string;
  readonly at: number;
  readonly by: string;
  readonly text: string;
}

/** Under an id that is there already it changes nothing. */
export async function addRotaNote(db: Db, { at, ...note }: RotaNote): Promise<void> {
  await db
    .insertInto('rota_notes')
    .values({ ...note, at: new Date(at) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** From the newest to the oldest, of those written since then. */
export async function rotaNotes(
  db: Db,
  rota: string,
  { since, limit }: { readonly since: number; readonly limit: number },
): Promise<readonly RotaNote[]> {
  const rows = await db
    .selectFrom('rota_notes')
    .selectAll()
    .where('rota', '=', rota)
    .where('at', '>=', new Date(since))
    .orderBy('at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, at: epochMs(row.at) }));
}
