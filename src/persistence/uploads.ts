import { sql } from 'kysely';

import type { Db } from './database.ts';
import { epochMs, instant } from './instants.ts';
import { tellInbox, writeFactWithin } from './inbox.ts';

export interface Upload {
  readonly incidentId: string;
  readonly n: number;
  readonly expiresAt: number;
  /** Null while nothing was sent. */
  readonly receivedAt: number | null;
}

export interface NewUpload {
  readonly incidentId: string;
  readonly tokenDigest: string;
  readonly reportId: string | null;
  readonly expiresAt: number;
  readonly by: string;
  readonly at: number;
  readonly factId: string;
}

/** Opens one, and tells the incident in the same transaction. @returns its number. */
export async function openUpload(db: Db, upload: NewUpload): Promise<number> {
  const { incidentId, tokenDigest, reportId, expiresAt, by, at, factId } = upload;
  const n = await db.transaction().execute(async (transaction) => {
    // Two that are opened at once take turns: the number is the next one.
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`upload ${incidentId}`}, 0))`.execute(
      transaction,
    );
    const { last } = await transaction
      .selectFrom('uploads')
      .select((row) => row.fn.max('n').as('last'))
      .where('incident_id', '=', incidentId)
      .executeTakeFirstOrThrow();
    const next = (last ?? 0) + 1;
    await transaction
      .insertInto('uploads')
      .values({
        ...{ incident_id: incidentId, n: next },
        ...{ token_digest: tokenDigest, expires_at: instant(expiresAt) },
      })
      .execute();
    const fact = { type: 'upload-opened', n: next, reportId, expiresAt } as const;
    await writeFactWithin(transaction, { factId, incidentId, by, at, fact, texts: [] });
    return next;
  });
  tellInbox(db, incidentId);
  return n;
}

export async function uploadOfToken(db: Db, tokenDigest: string): Promise<Upload | null> {
  const row = await db
    .selectFrom('uploads')
    .select(['incident_id', 'n', 'expires_at', 'received_at'])
    .where('token_digest', '=', tokenDigest)
    .executeTakeFirst();
  return row === undefined
    ? null
    : {
        incidentId: row.incident_id,
        n: row.n,
        expiresAt: epochMs(row.expires_at),
        receivedAt: epochMs(row.received_at),
      };
}

/** Keeps what came, once. @returns false when something had come before, or the link had run out. */
export async function keepUpload(
  db: Db,
  { incidentId, n }: Pick<Upload, 'incidentId' | 'n'>,
  received: {
    readonly sealed: Buffer;
    readonly sha256: string;
    readonly at: number;
    readonly by: string;
  },
): Promise<boolean> {
  const { sealed, sha256, at, by } = received;
  const isKept = await db.transaction().execute(async (transaction) => {
    const kept = await transaction
      .updateTable('uploads')
      .set({ sealed, received_at: instant(at) })
      .where('incident_id', '=', incidentId)
      .where('n', '=', n)
      .where('received_at', 'is', null)
      .where('expires_at', '>', instant(at))
      .returning('n')
      .execute();
    if (kept.length === 0) return false;
    const fact = { type: 'upload-received', n, sha256, size: sealed.length } as const;
    const factId = `${incidentId}:upload:${n}`;
    return writeFactWithin(transaction, { factId, incidentId, by, at, fact, texts: [] });
  });
  if (isKept) tellInbox(db, incidentId);
  return isKept;
}

/** As it came; null where nothing has. */
export async function sealedUpload(db: Db, incidentId: string, n: number): Promise<Buffer | null> {
  const row = await db
    .selectFrom('uploads')
    .select('sealed')
    .where('incident_id', '=', incidentId)
    .where('n', '=', n)
    .executeTakeFirst();
  return row?.sealed ?? null;
}
