import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';

import { dumpSchema, SCHEMA_FILES, schemaTypes } from '../../../dev/schema.ts';
import { TLP_LABELS } from '../../../src/domain/tlp.ts';
import {
  CRITICALITIES,
  PAGE_REASONS,
  PAGE_STATES,
  REPORT_CHANNELS,
  REPORT_KINDS,
  STAGES,
} from '../../../src/domain/vocabulary.ts';
import { migrate, rollback } from '../../../src/persistence/migrate.ts';
import { createEmptyDatabase } from '../../support/servers.ts';
import { ownDatabase } from './own-database.ts';

const database = ownDatabase();

const MIGRATIONS = readdirSync(dirname(SCHEMA_FILES.dump)).filter((file) => /^\d/.test(file)).length;

describe('the migrations', () => {
  test('make the committed schema out of an empty database', async () => {
    expect(await dumpSchema(database.url)).toBe(readFileSync(SCHEMA_FILES.dump, 'utf8'));
  });

  test('make the tables that the committed types describe', async () => {
    expect(await schemaTypes(database.url)).toBe(readFileSync(SCHEMA_FILES.types, 'utf8'));
  });

  test('leave the same schema after up, down and up again', async () => {
    const url = await createEmptyDatabase();
    await migrate(url);
    const before = await dumpSchema(url);
    for (let steps = 1; steps <= MIGRATIONS; steps += 1) {
      await rollback(url, steps);
      expect((await dumpSchema(url)).includes('CREATE TABLE')).toBe(steps < MIGRATIONS);
      await migrate(url);
      expect(await dumpSchema(url)).toBe(before);
    }
  });

  test('are done once when several processes start together', async () => {
    const url = await createEmptyDatabase();
    await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
    expect(await dumpSchema(url)).toBe(readFileSync(SCHEMA_FILES.dump, 'utf8'));
  });
});

describe('a closed list of the domain', () => {
  const lists = [
    ['incidents', 'stage', STAGES],
    ['incidents', 'kind', REPORT_KINDS],
    ['incidents', 'criticality', CRITICALITIES],
    ['incidents', 'tlp', TLP_LABELS],
    ['reports', 'channel', REPORT_CHANNELS],
    ['reports', 'kind', REPORT_KINDS],
    ['pages', 'reason', PAGE_REASONS],
    ['pages', 'state', PAGE_STATES],
    ['outgoing', 'label', TLP_LABELS],
    ['clearances', 'label', TLP_LABELS],
  ] as const;

  test.each(lists)('is the same in the domain and in the CHECK of %s.%s', async (table, column, words) => {
    const { rows } = await sql<{ definition: string }>`
      SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
      WHERE conname = ${`${table}_${column}_check`}`.execute(database.db);
    expect(rows[0]?.definition.match(/(?<=')[^']+(?='::text)/g)).toEqual(words);
  });
});

describe('the timeline', () => {
  test.each([
    'UPDATE events SET by = by',
    'DELETE FROM events',
    'TRUNCATE events',
    'TRUNCATE incidents CASCADE',
  ])('refuses %s, even when it is empty', async (statement) => {
    await expect(sql.raw(statement).execute(database.db)).rejects.toMatchObject({
      code: '23001',
      message: expect.stringContaining('append-only'),
    });
  });
});
