import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startPostgres } from '../../dev/postgres.ts';
import { canConnect } from '../../dev/postgres-database.ts';

let dataDir: string;
const running: { stop(): Promise<void> }[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-postgres-'));
});
afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

async function start() {
  const postgres = await startPostgres({ dataDir });
  running.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  it('keeps its data and its password over a restart, and writes through to the disk', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await first.stop();
    const second = await start();

    expect(await query(second.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await query(second.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const { url } = await start();
    const guess = new URL(url);
    guess.password = 'password';

    expect(await canConnect(guess.href)).toBe(false);
    expect(statSync(join(dataDir, 'postgres/password')).mode & 0o077).toBe(0);
  });

  it('comes back on the same address after it was killed', async () => {
    const postgres = await start();
    const killed = postgres.running();
    expect(killed).toBeDefined();
    process.kill(killed?.pid ?? 0, 'SIGKILL');

    await expect.poll(() => canConnect(postgres.url), { timeout: 20_000, interval: 100 }).toBe(true);
    await expect.poll(() => postgres.running()?.pid, { timeout: 20_000 }).not.toBe(killed?.pid);
  });

  it('starts over a lock file whose number belongs to somebody else by now', async () => {
    await (await start()).stop();
    const data = join(dataDir, 'postgres/data');
    writeFileSync(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n1\n5432\n\n127.0.0.1\n`);

    expect(await canConnect((await start()).url)).toBe(true);
  });

  it('is refused on data of another version', async () => {
    await (await start()).stop();
    writeFileSync(join(dataDir, 'postgres/data/PG_VERSION'), '9\n');

    await expect(start()).rejects.toThrow('was made by PostgreSQL 9');
  });
});
