import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type Json } from './call.ts';
import { ask, type Client } from './client.ts';
import { CommandFailure } from './exit-codes.ts';

/** One stage of the way, and how long after the one before it was reached. */
export interface CanaryStage {
  readonly stage: string;
  readonly ms: number;
}

const LOOK_EVERY_MS = 100;

/**
 * Lets a marked test report go the whole way: it comes in, its process begins, its author is paged, the message leaves,
 * the page is taken, and the incident ends. Throws `canary-failed`, naming the stage that was not reached in time.
 */
export async function* flyCanary(client: Client, withinMs: number): AsyncGenerator<CanaryStage> {
  const deadline = performance.now() + withinMs;
  let lastAt = performance.now();

  const reached = (stage: string): CanaryStage => {
    const now = performance.now();
    const ms = Math.round(now - lastAt);
    lastAt = now;
    return { stage, ms };
  };
  const post = async (path: string, body: Json = {}) => objectIn(client, 'POST', path, body);
  const get = async (path: string) => objectIn(client, 'GET', path);
  const until = async (stage: string, isSo: () => Promise<boolean>): Promise<CanaryStage> => {
    while (!(await isSo())) {
      if (performance.now() > deadline) {
        throw new CommandFailure('canary-failed', `Not within ${withinMs / 1000} s: ${stage}.`);
      }
      await sleep(LOOK_EVERY_MS);
    }
    return reached(stage);
  };

  const { incidentId } = await post('/v1/reports/canary');
  const incident = `/v1/incidents/${String(incidentId)}`;
  yield reached(`${String(incidentId)} is safe in the record`);
  yield await until('its process has begun', async () => Number((await get(incident))['version']) > 0);
  const { pages } = await post(`${incident}/pages`, { to: 'me' });
  const page = `/v1/pages/${String((pages as readonly string[]).at(-1))}`;
  yield reached('you are paged');
  yield await until('the message has left', async () => {
    const attempts = (await get(page))['attempts'] as readonly Json[];
    return attempts.some(({ sentAt }) => sentAt !== null);
  });
  await post(`${page}/acknowledge`);
  yield reached('the page is yours');
  const { stage } = await post(`${incident}/dismiss`, { reason: 'A canary: nothing has happened.' });
  yield reached(`the incident is ${String(stage)}`);
}

async function objectIn(client: Client, method: 'GET' | 'POST', path: string, body?: Json): Promise<Json> {
  const { text } = await ask(client, { method, path, accept: 'application/json', body }, randomUUID());
  const answer: unknown = JSON.parse(text);
  if (!isObject(answer)) throw new CommandFailure('unexpected', `Expected an object from ${path}.`);
  return answer;
}
