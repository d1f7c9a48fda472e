import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import type { Operator, VerifiedIncident } from '../../src/cli/operator.ts';
import { run } from '../../src/cli/program.ts';
import type { Config } from '../../src/config.ts';

const directory = mkdtempSync(join(tmpdir(), 'tocsin-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));
writeFileSync(
  join(directory, 'stand.json'),
  JSON.stringify({
    api: 'http://127.0.0.1:9080',
    temporal: '127.0.0.1:9233',
    temporalUi: 'http://127.0.0.1:9234',
    mail: 'http://127.0.0.1:9025',
    smtp: 'smtp://127.0.0.1:9026',
    smtpIntake: 'smtp://127.0.0.1:2525',
    database: 'postgres://tocsin@127.0.0.1:9432/tocsin',
  }),
);

const good: VerifiedIncident = { incidentId: 'INC-2026-0001', events: 12, firstBad: null };
const bad: VerifiedIncident = {
  incidentId: 'INC-2026-0002',
  events: 3,
  firstBad: { seq: 2, why: 'its hash is not that of its content' },
};

async function command(argv: readonly string[], operator: Partial<Operator>) {
  const written = { out: '', error: '' };
  const code = await run(argv, {
    isColored: false,
    stdin: Readable.from([]),
    out: (text) => (written.out += text),
    error: (text) => (written.error += text),
    operator: () => Promise.resolve(operator as Operator),
  });
  return { code, ...written };
}

function verifying(...incidents: readonly VerifiedIncident[]): Partial<Operator> {
  return {
    // oxlint-disable-next-line require-await -- as a database would, one after the other
    async *verifyRecord() {
      yield* incidents;
    },
  };
}

describe('verify', () => {
  it('says how much was checked when all is well', async () => {
    expect(await command(['verify', '--stand', directory], verifying(good))).toEqual({
      code: 0,
      out: '1 incidents, 12 events: all verify\n',
      error: '',
    });
  });

  it('ends with its own code, and names each incident and event that does not verify', async () => {
    expect(await command(['verify', '--stand', directory], verifying(good, bad))).toEqual({
      code: 6,
      out: '2 incidents, 15 events: 1 do not verify\n',
      error:
        'tocsin: The record does not verify.\n  INC-2026-0002, event 2: its hash is not that of its content\n',
    });
  });

  it('prints one JSON line for each incident when asked to', async () => {
    const { code, out } = await command(['verify', '--json', '--stand', directory], verifying(good, bad));
    expect(code).toBe(6);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([good, bad]);
  });
});

it('rebuild says what came back to life', async () => {
  const operator = { rebuild: () => Promise.resolve({ incidents: 3, pages: 1 }) };
  expect(await command(['rebuild', '--stand', directory], operator)).toMatchObject({
    code: 0,
    out: 'rebuilt: 3 incidents, 1 pages\n',
  });
});

it('migrate says when it is done', async () => {
  const operator = { migrateRecord: () => Promise.resolve() };
  expect(await command(['migrate', '--stand', directory], operator)).toMatchObject({
    code: 0,
    out: 'the record is up to date\n',
  });
});

describe('an operator’s verb', () => {
  it('takes the addresses of a stand from its data directory', async () => {
    const asked: Config[] = [];
    await command(['migrate', '--stand', directory], {
      migrateRecord: (config) => Promise.resolve(asked.push(config)),
    });
    expect(asked[0]).toMatchObject({
      databaseUrl: 'postgres://tocsin@127.0.0.1:9432/tocsin',
      smtpUrl: 'smtp://127.0.0.1:9026',
      publicUrl: 'http://127.0.0.1:9080',
      temporal: { connection: { address: '127.0.0.1:9233' } },
    });
  });

  it('says that there is no stand where none runs', async () => {
    const { code, error } = await command(['verify', '--stand', '/nowhere'], verifying(good));
    expect(code).toBe(2);
    expect(error).toContain('There is no stand running in /nowhere');
  });

  it('ends as unavailable when the record or the process is away', async () => {
    const away = Object.assign(new Error('Postgres does not answer.'), { code: 'unavailable' });
    const { code, error } = await command(['rebuild', '--stand', directory], {
      rebuild: () => Promise.reject(away),
    });
    expect({ code, error }).toEqual({ code: 5, error: 'tocsin: Postgres does not answer.\n' });
  });

  it('ends as unexpected for anything else, with its stack', async () => {
    const { code, error } = await command(['rebuild', '--stand', directory], {
      rebuild: () => Promise.reject(new TypeError('our mistake')),
    });
    expect(code).toBe(1);
    expect(error).toMatch(/TypeError: our mistake\n +at /);
  });
});
