import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from 'vitest';

import { ownStand, type Stand, startStand } from '../support/stand.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PEOPLE = 13;
/** For one stand to end and another to begin, on a machine that has other things to do. */
const ANOTHER_STAND_MS = 180_000;

/** The one stand of this file, and whoever went on with its data: a stand takes its time to come up. */
const stand = ownStand();
let next: Stand | undefined;

afterAll(() => next?.dispose({ keepData: true }));

describe('a stand that runs', () => {
  it('says where everything is, on this machine alone', () => {
    const { api, temporal, temporalUi, mail, smtp, database } = stand();

    for (const address of [api, `tcp://${temporal}`, temporalUi ?? '', mail ?? '', smtp, database]) {
      expect(new URL(address).hostname).toBe('127.0.0.1');
    }
  });

  it('keeps its secrets to its owner', () => {
    for (const file of ['stand.json', 'tokens.json', 'signing.key', 'logs/server.log']) {
      expect(statSync(join(stand().dataDir, file)).mode & 0o077).toBe(0);
    }
  });

  it('has a token for each of its people', () => {
    const tokens = JSON.parse(readFileSync(join(stand().dataDir, 'tokens.json'), 'utf8')) as object;

    expect(new Set(Object.values(tokens)).size).toBe(PEOPLE);
    expect(stand().token('responder1')).toMatch(/^\S{20,}$/);
  });

  it.each(['worker', 'server', 'temporal', 'postgres'] as const)(
    'starts a killed %s again, and is ready again on the same addresses',
    async (name) => {
      await stand().kill(name);
      await stand().untilRestarted(name);
      await stand().untilReady();

      expect((await stand().request('GET', '/healthz')).status).toBe(200);
    },
  );

  it('refuses a second stand on its data, and says which process has them', async () => {
    const { code, output } = await runToEnd({ TOCSIN_DATA_DIR: stand().dataDir, TOCSIN_PORT: '0' });

    expect(code).toBe(1);
    expect(output).toContain('A stand already runs on');
    await stand().untilReady();
  });
});

/** Each test goes on where the one before has stopped. */
describe('the data of a stand', { timeout: ANOTHER_STAND_MS }, () => {
  it('are taken up again by the next one, and nobody finds a stand where none runs', async () => {
    const token = stand().token('lead1');
    await stand().stop();
    expect(existsSync(join(stand().dataDir, 'stand.json'))).toBe(false);

    next = await startStand({ dataDir: stand().dataDir });
    expect(next.token('lead1')).toBe(token);
    await next.untilReady();
  });

  it('are taken up after a crash, and what the crashed stand left running is stopped', async () => {
    await (next ?? stand()).crash();

    next = await startStand({ dataDir: stand().dataDir });
    expect(next.output()).toContain('Stopping what an earlier stand left behind');
    await next.untilReady();
  });
});

describe.concurrent('a stand that cannot start', () => {
  it('says so in one sentence when its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;

    const { code, output } = await runToEnd({ TOCSIN_PORT: String(port) }).finally(() => other.close());
    expect(code).toBe(1);
    expect(output).toContain(`Port ${port} is taken by another program`);
  });

  it.each([
    [['--temporal-store=mysql'], {}, '--temporal-store is sqlite or postgres, not mysql.'],
    [[], { TOCSIN_PORT: 'http' }, 'TOCSIN_PORT: expected a port from 0 to 65535, got "http"'],
    [[], { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' }, 'PostgreSQL at 127.0.0.1:1 does not let us in'],
    [[], { TEMPORAL_ADDRESS: '127.0.0.1:1' }, 'Temporal at 127.0.0.1:1 does not answer'],
  ])('says what of %j %j cannot be used', async (args, env, sentence) => {
    const { code, output } = await runToEnd({ TOCSIN_PORT: '0', ...env }, args);

    expect(code).toBe(1);
    expect(output).toContain(sentence);
    expect(output).not.toMatch(/^\s+at /m);
  });
});

/** `npm start` where it is to fail. */
async function runToEnd(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-stand-'));
  try {
    const child = spawn(process.execPath, ['dev/start.mjs', ...args], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TOCSIN_DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output: (await outputs).join('\n') };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
