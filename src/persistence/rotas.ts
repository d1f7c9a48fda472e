import { sql } from 'kysely';

import type { Rota, RotaOverride, RotaPlan } from '../domain/rota.ts';
import type { Db } from './database.ts';
import { epochMs } from './instants.ts';

/** A change of a rota: the plan that counts from now on. */
export interface RotaChange {
  readonly plan: RotaPlan;
  /** Of the plan that it replaces; 0 for a rota that is new. */
  readonly replaces: number;
  readonly at: number;
  readonly by: string;
  readonly reason: string;
}

/** A rota with those overrides that touch the time that was asked for. */
export interface KeptRota {
  readonly rota: Rota;
  readonly version: number;
  readonly changedAt: number;
  readonly changedBy: string;
  readonly reason: string;
}

export interface NewOverride extends RotaOverride {
  readonly rota: string;
  readonly at: number;
  readonly reason: string;
  /** Names both halves of a swap; null for a single one. */
  readonly swap: string | null;
}

export interface KeptOverride extends NewOverride {
  readonly withdrawnAt: number | null;
  readonly withdrawnBy: string | null;
  readonly withdrawnReason: string | null;
}

export interface Period {
  readonly from: number;
  readonly until: number;
}

/** Adds the rotas that are not there yet. Those that are have been changed by people, and stay. */
export async function seedRotas(
  db: Db,
  plans: readonly RotaPlan[],
  { at, by, reason }: Pick<RotaChange, 'at' | 'by' | 'reason'>,
): Promise<void> {
  if (plans.length === 0) return;
  await db
    .insertInto('rotas')
    .values(plans.map((plan) => rotaRow({ plan, replaces: 0, at, by, reason })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Of several who change the same version one does. @returns false when that version is not the last, or not there. */
export async function changeRota(db: Db, change: RotaChange): Promise<boolean> {
  const { key } = change.plan;
  const { rows } = await sql`
    INSERT INTO rotas (key, version, plan, changed_at, changed_by, reason)
    SELECT ${key}, ${change.replaces + 1}, ${JSON.stringify(change.plan)}::jsonb, ${new Date(change.at)}, ${change.by},
      ${change.reason}
    WHERE ${change.replaces} = (SELECT coalesce(max(version), 0) FROM rotas WHERE key = ${key})
    ON CONFLICT DO NOTHING
    RETURNING 1`.execute(db);
  return rows.length > 0;
}

/** One rota as it stands, or null when there is none of that key. */
export async function readRota(db: Db, key: string, period: Period): Promise<KeptRota | null> {
  const [rota] = await rotasOf(db, period, key);
  return rota ?? null;
}

/** All rotas as they stand, by key. */
export async function listRotas(db: Db, period: Period): Promise<readonly KeptRota[]> {
  return rotasOf(db, period, null);
}

/** When a rota, or any where none is named, or one of its overrides was last changed; 0 where there is none. */
export async function rotasChangedAt(db: Db, key: string | null): Promise<number> {
  const { rows } = await sql<{ at: Date | null }>`
    SELECT greatest(
      (SELECT max(changed_at) FROM rotas WHERE ${key}::text IS NULL OR key = ${key}),
      (SELECT max(greatest(made_at, withdrawn_at)) FROM rota_overrides WHERE ${key}::text IS NULL OR rota = ${key})
    ) AS at`.execute(db);
  return epochMs(rows[0]?.at ?? null) ?? 0;
}

/** Every version, the first one first. */
export async function rotaHistory(db: Db, key: string): Promise<readonly Omit<KeptRota, 'rota'>[]> {
  const rows = await db
    .selectFrom('rotas')
    .select(['version', 'changed_at', 'changed_by', 'reason'])
    .where('key', '=', key)
    .orderBy('version')
    .execute();
  return rows.map((row) => ({
    version: row.version,
    changedAt: epochMs(row.changed_at),
    changedBy: row.changed_by,
    reason: row.reason,
  }));
}

/** In one statement: both halves of a swap, or neither. Those of ids that are there already change nothing. */
export async function addOverrides(db: Db, overrides: readonly NewOverride[]): Promise<void> {
  await db
    .insertInto('rota_overrides')
    .values(
      overrides.map((override) => ({
        id: override.id,
        rota: override.rota,
        from_at: new Date(override.from),
        until_at: new Date(override.until),
        username: override.username,
        instead: override.instead,
        swap: override.swap,
        made_at: new Date(override.at),
        made_by: override.by,
        reason: override.reason,
      })),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** The override and, of a swap, its other half: neither counts from now on. @returns how many were withdrawn by this. */
export async function withdrawOverride(
  db: Db,
  {
    rota,
    id,
    at,
    by,
    reason,
  }: { readonly rota: string; readonly id: string } & Omit<RotaChange, 'plan' | 'replaces'>,
): Promise<number> {
  const { rows } = await sql`
    UPDATE rota_overrides SET withdrawn_at = ${new Date(at)}, withdrawn_by = ${by}, withdrawn_reason = ${reason}
    WHERE rota = ${rota} AND withdrawn_at IS NULL
      AND (id = ${id} OR swap = (SELECT swap FROM rota_overrides WHERE id = ${id} AND rota = ${rota}))
    RETURNING 1`.execute(db);
  return rows.length;
}

/** All overrides of a rota that touch the period, withdrawn ones too, in the order they were made. */
export async function overridesOf(
  db: Db,
  rota: string,
  { from, until }: Period,
): Promise<readonly KeptOverride[]> {
  const rows = await db
    .selectFrom('rota_overrides')
    .selectAll()
    .where('rota', '=', rota)
    .where('until_at', '>', new Date(from))
    .where('from_at', '<', new Date(until))
    .orderBy('number')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    rota: row.rota,
    from: epochMs(row.from_at),
    until: epochMs(row.until_at),
    username: row.username,
    instead: row.instead,
    swap: row.swap,
    at: epochMs(row.made_at),
    by: row.made_by,
    reason: row.reason,
    withdrawnAt: epochMs(row.withdrawn_at),
    withdrawnBy: row.withdrawn_by,
    withdrawnReason: row.withdrawn_reason,
  }));
}

interface RotaRow {
  readonly key: string;
  readonly version: number;
  readonly plan: RotaPlan;
  readonly changed_at: Date;
  readonly changed_by: string;
  readonly reason: string;
  readonly overrides: readonly RotaOverride[];
}

/** One statement, so that plan and overrides are of the same moment. */
async function rotasOf(db: Db, { from, until }: Period, key: string | null): Promise<readonly KeptRota[]> {
  const { rows } = await sql<RotaRow>`
    SELECT rotas.*, coalesce(standing.overrides, '[]') AS overrides
    FROM rotas
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_object(
        'id', id, 'from', round(extract(epoch FROM from_at) * 1000), 'until', round(extract(epoch FROM until_at) * 1000),
        'username', username, 'instead', instead, 'by', made_by
      ) ORDER BY number) AS overrides
      FROM rota_overrides
      WHERE rota = rotas.key AND withdrawn_at IS NULL
        AND until_at > ${new Date(from)} AND from_at < ${new Date(until)}
    ) AS standing ON true
    WHERE version = (SELECT max(version) FROM rotas AS newer WHERE newer.key = rotas.key)
      AND (${key}::text IS NULL OR key = ${key})
    ORDER BY key`.execute(db);
  return rows.map((row) => ({
    rota: { ...planOf(db, row), overrides: row.overrides },
    version: row.version,
    changedAt: epochMs(row.changed_at),
    changedBy: row.changed_by,
    reason: row.reason,
  }));
}

const known = new WeakMap<Db, Map<string, RotaPlan>>();

/** The same object for the same version: what has been worked out of it once, such as its hand-overs, is found again. */
function planOf(db: Db, { key, version, plan }: RotaRow): RotaPlan {
  const plans = known.get(db) ?? new Map<string, RotaPlan>();
  known.set(db, plans);
  const found = plans.get(`${key} ${version}`);
  if (found !== undefined) return found;
  plans.delete(`${key} ${version - 1}`);
  plans.set(`${key} ${version}`, plan);
  return plan;
}

function rotaRow({ plan, replaces, at, by, reason }: RotaChange) {
  return {
    key: plan.key,
    version: replaces + 1,
    plan: JSON.stringify(plan),
    changed_at: new Date(at),
    changed_by: by,
    reason,
  };
}
