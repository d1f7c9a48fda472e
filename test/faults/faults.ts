import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'vitest';

import type { Mail } from '../../dev/mail-store.ts';
import type { IncidentView } from '../../src/api/schemas/incident.ts';
import { connectTemporal } from '../../src/engine/temporal.ts';
import { bodyOf, eventually, type Handling } from '../e2e/handling.ts';
import type { Answer, Stand } from '../support/stand.ts';

export const QUICK_LADDERS = 'test/faults/quick-ladders.yaml';
export const ARMED_EARLY = 'test/faults/armed-early.yaml';

/** Nobody waits longer for an answer, whatever is away. */
export const ANSWERED_WITHIN_MS = 8000;

/** Until the stand has brought back what was killed, and what waited for it is done, on a busy machine. */
export const RECOVERED_WITHIN_MS = 120_000;

/** For a whole test. Where nothing else runs it is a fifth of it. */
export const TEST_WITHIN_MS = 400_000;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ASK_AGAIN_MS = 200;

/** Between two doings of the same person: a load, and not a storm. */
const PACE_MS = 1000;

type Part = 'postgres' | 'temporal' | 'worker' | 'server';

/** Somebody who does not give up: what is unknown is asked again under the same key until it is answered. */
interface Insisting {
  /** The final answer: neither a 503 nor a broken connection. */
  post(as: string | undefined, path: string, body: object, key?: string): Promise<Answer>;
  /** How often an outcome was unknown so far. */
  unknowns(): number;
  /** How long the slowest answer took. */
  slowestMs(): number;
}

export function insisting(stand: () => Stand): Insisting {
  let unknowns = 0;
  let slowestMs = 0;

  async function once(as: string | undefined, path: string, body: object, key: string) {
    const askedAtMs = performance.now();
    try {
      const answer = await stand().request('POST', path, {
        ...(as !== undefined && { as }),
        body,
        headers: { 'idempotency-key': key },
      });
      slowestMs = Math.max(slowestMs, performance.now() - askedAtMs);
      if (answer.status !== 503) return answer;
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    } catch (error) {
      // `fetch` says so when the connection is refused, or breaks.
      if (!(error instanceof TypeError)) throw error;
    }
    unknowns += 1;
    return undefined;
  }

  return {
    async post(as, path, body, key = randomUUID()) {
      const untilMs = performance.now() + RECOVERED_WITHIN_MS;
      for (;;) {
        const answer = await once(as, path, body, key);
        if (answer !== undefined) return answer;
        if (performance.now() > untilMs) throw new Error(`${path} stays unknown`);
        await sleep(ASK_AGAIN_MS);
      }
    },
    unknowns: () => unknowns,
    slowestMs: () => slowestMs,
  };
}

/** What was answered with a 2xx while people reported, noted and decided without a pause. */
interface Done {
  readonly reports: { readonly incidentId: string; readonly email: string }[];
  readonly notes: string[];
  readonly questions: string[];
}

interface Bustle {
  /** So far. */
  readonly done: Done;
  /** Until each kind of thing was answered again this many times. */
  untilGoesOn(times: number): Promise<void>;
  /** After the last answer of each. */
  stop(): Promise<Done>;
}

/** Three people who go on whatever happens: one reports, one notes, one decides (asks `sme1`), the latter two on one incident. */
export function bustle(
  { post }: Insisting,
  { incidentId, marker }: { readonly incidentId: string; readonly marker: string },
): Bustle {
  const done: Done = { reports: [], notes: [], questions: [] };
  let isStopping = false;
  const forEver = async (act: (n: number) => Promise<void>) => {
    for (let n = 1; !isStopping; n += 1) {
      await act(n);
      await sleep(PACE_MS);
    }
  };
  const running = Promise.all([
    forEver(async (n) => {
      const email = `${marker}-${n}@reporter.example`;
      const body = { summary: `${marker} ${n}`, description: 'Seen again.', reporter: { email } };
      const answer = await post(undefined, '/v1/reports', body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(202);
      done.reports.push({ incidentId: (answer.body as { incidentId: string }).incidentId, email });
    }),
    forEver(async (n) => {
      const text = `${marker} note ${n}`;
      const answer = await post('responder2', `/v1/incidents/${incidentId}/timeline`, { text });
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      done.notes.push(text);
    }),
    forEver(async (n) => {
      const question = `${marker} question ${n}?`;
      const path = `/v1/incidents/${incidentId}/consultations`;
      const answer = await post('responder1', path, { asked: 'sme1', question });
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      done.questions.push(question);
    }),
  ]);
  // Whoever waits hears of it; until then it is nobody's unhandled rejection.
  running.catch(() => {});

  return {
    done,
    async untilGoesOn(times) {
      const before = [done.reports.length, done.notes.length, done.questions.length];
      const goesOn = eventually(async () => {
        const now = [done.reports.length, done.notes.length, done.questions.length];
        expect(now.map((count, index) => count - (before[index] ?? 0) >= times)).toEqual([true, true, true]);
      }, RECOVERED_WITHIN_MS);
      await Promise.race([goesOn, running.then(() => goesOn)]);
    },
    async stop() {
      isStopping = true;
      await running;
      return done;
    },
  };
}

/** The instants that an incident holds its people to. */
export function clocksOf({ clocks, actions }: IncidentView): object {
  return {
    clocks: clocks.map(({ name, reportId, startedAt, dueAt }) => ({ name, reportId, startedAt, dueAt })),
    rows: actions.map(({ key, dueAt }) => ({ key, dueAt })),
  };
}

/** Each message once, in the order in which they came; a repetition of the same message is none of its own, and at most one. */
export function messages(mails: readonly Mail[]): readonly Mail[] {
  const copies = new Map<string, number>();
  for (const { messageId } of mails) copies.set(messageId, (copies.get(messageId) ?? 0) + 1);
  expect([...copies].filter(([, count]) => count > 2)).toEqual([]);
  return mails.filter(
    ({ messageId }, index) => mails.findIndex((other) => other.messageId === messageId) === index,
  );
}

/** Whom a page has called, as `1.2 responder2`, each message once. */
export async function called(stand: Stand, pageId: string): Promise<readonly string[]> {
  const mails = (await stand.mails()).filter(({ text }) => text.includes(`/v1/pages/${pageId}\n`));
  return messages(mails).map(({ to, text }) => {
    const [, round, rung] = /round (\d+), rung (\d+)/.exec(text) ?? [];
    return `${round}.${rung} ${String(to[0]).replace('@stand.example', '')}`;
  });
}

/** Every call of a ladder with one person on each rung. */
export function everyCall(people: readonly string[], rounds: number): readonly string[] {
  return Array.from({ length: rounds }, (_, round) =>
    people.map((person, rung) => `${round + 1}.${rung + 1} ${person}`),
  ).flat();
}

/** The questions that reached somebody by mail. */
export async function asked(stand: Stand, person: string, incidentId: string): Promise<readonly Mail[]> {
  const mails = (await stand.mails()).filter(
    ({ to, subject }) =>
      to.includes(`${person}@stand.example`) && subject === `[${incidentId}] You are asked a question`,
  );
  return messages(mails);
}

/** The page of an incident that has one. */
export async function onlyPage({ incident }: Handling, incidentId: string): Promise<string> {
  return eventually(async () => {
    const { pages } = await incident(incidentId);
    expect(pages).toHaveLength(1);
    return pages[0] ?? '';
  }, RECOVERED_WITHIN_MS);
}

/** Every call of the page of a report by phone, when nobody takes it. */
export const TRIAGE_CALLS = everyCall(['responder1', 'responder2', 'lead1', 'sponsor1'], 2);

/** A report by phone whose page has called the first person. */
export async function ringing(
  stand: Stand,
  desk: Handling,
): Promise<{ readonly id: string; readonly pageId: string }> {
  const { incidentId: id } = await desk.phone('responder1', { summary: 'Is somebody there?' });
  const pageId = await onlyPage(desk, id);
  await eventually(async () => expect(await called(stand, pageId)).toEqual(TRIAGE_CALLS.slice(0, 1)));
  return { id, pageId };
}

/** What was answered is at every far end, once and in order, and nothing else is: list, timeline, incident, mailboxes. */
export async function expectEverythingOnce(
  stand: Stand,
  { incident, timeline, get }: Handling,
  {
    incidentId,
    marker,
    done: { reports, notes, questions },
  }: { readonly incidentId: string; readonly marker: string; readonly done: Done },
): Promise<void> {
  const isMarked = (text: string | null) => text?.startsWith(`${marker} `) === true;
  await eventually(async () => {
    const lines = await timeline(incidentId);
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
    const noted = lines.filter(({ kind, text }) => kind === 'note' && isMarked(text));
    expect(noted.map(({ text }) => text)).toEqual(notes);
  }, RECOVERED_WITHIN_MS);
  const { consultations } = await incident(incidentId);
  const answered = consultations.map(({ question }) => question);
  expect(answered.filter(isMarked)).toEqual(questions);
  await eventually(
    async () => expect(await asked(stand, 'sme1', incidentId)).toHaveLength(consultations.length),
    RECOVERED_WITHIN_MS,
  );

  const path = `/v1/incidents?limit=200&q=${marker}%20`;
  const { items } = bodyOf<{ items: { id: string }[] }>(await get('auditor1', path), 200);
  expect(items.map(({ id }) => id).toSorted()).toEqual(reports.map((report) => report.incidentId).toSorted());
  await eventually(async () => {
    const automatic = messages((await stand.mails()).filter(({ to }) => to[0]?.startsWith(`${marker}-`)));
    expect(automatic.map(({ to }) => String(to[0])).toSorted()).toEqual(
      reports.map(({ email }) => email).toSorted(),
    );
  }, RECOVERED_WITHIN_MS);
}

/** What an operator runs on the stand; rejects unless it ends well. */
export async function tocsin(stand: Stand, verb: 'verify' | 'rebuild'): Promise<string> {
  const args = [join(ROOT, 'tocsin.mjs'), '--json', verb, '--stand', stand.dataDir];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  return stdout;
}

/** Every incident's chain holds. */
export async function expectSoundRecord(stand: Stand): Promise<void> {
  const reports = (await tocsin(stand, 'verify')).trim().split('\n');
  expect(reports.length).toBeGreaterThan(0);
  expect(reports.filter((line) => !line.includes('"firstBad":null'))).toEqual([]);
}

/** Looks into the stand's Temporal as nobody but an operator would. */
export async function withTemporal<Result>(
  stand: Stand,
  look: (client: ReturnType<typeof connectTemporal>) => Promise<Result>,
): Promise<Result> {
  const client = connectTemporal({ connection: { address: stand.temporal }, namespace: 'default' });
  try {
    return await look(client);
  } finally {
    await client.connection.close();
  }
}

/** Workflows that ended in any way but the intended one. */
export function failedWorkflows(stand: Stand): Promise<readonly string[]> {
  return withTemporal(stand, async (client) => {
    const query = 'ExecutionStatus IN ("Failed", "Terminated", "TimedOut", "Canceled")';
    const failed: string[] = [];
    for await (const { workflowId, status } of client.workflow.list({ query })) {
      failed.push(`${workflowId} ${status.name}`);
    }
    return failed;
  });
}

/** Stops a part in its tracks, children included: it is there, keeps its port and its connections, and answers nothing. */
export function freeze(stand: Stand, part: Part): { thaw(): void } {
  const pid = pidOf(stand, part);
  // The parent first: then no child comes after we have looked for them.
  process.kill(pid, 'SIGSTOP');
  const all = [pid, ...childrenOf(pid)];
  for (const child of all) send(child, 'SIGSTOP');
  return {
    thaw() {
      for (const stopped of all) send(stopped, 'SIGCONT');
    },
  };
}

/** Kills a part each time the stand has started it again, for so long. */
export async function holdDown(stand: Stand, part: Part, forMs: number): Promise<void> {
  const untilMs = performance.now() + forMs;
  await stand.kill(part);
  while (performance.now() < untilMs) {
    if (isThere(stand, part)) await stand.kill(part).catch(() => {});
    await sleep(50);
  }
}

/** Lets an outage last. The only waiting that is not for something. */
export async function lasting(ms: number): Promise<void> {
  await sleep(ms);
}

export function pidOf(stand: Stand, part: Part): number {
  const pids = JSON.parse(readFileSync(join(stand.dataDir, 'stand-pids.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const pid = pids[part];
  if (typeof pid !== 'number') throw new Error(`${part} does not run at the moment`);
  return pid;
}

function isThere(stand: Stand, part: Part): boolean {
  try {
    return existsSync(`/proc/${pidOf(stand, part)}`);
  } catch {
    return false;
  }
}

/** Without Linux's /proc only the process itself is known, which for Postgres is less than the whole. */
function childrenOf(pid: number): readonly number[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which may hold spaces and parentheses: the state, and then the parent.
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(parent);
  } catch {
    return undefined;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
