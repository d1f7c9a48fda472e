import { setTimeout as sleep } from 'node:timers/promises';
import { mayRead } from '../domain/access.ts';
import type { Actor } from '../domain/actor.ts';
import type { Incident, PageRef } from '../domain/incident.ts';
import { ladderOf } from '../domain/ladder.ts';
import type { Policy } from '../domain/policy.ts';
import type { ProcessRules, RungTarget } from '../domain/rules.ts';
import type { Db } from '../persistence/database.ts';
import { readRules } from '../persistence/frozen-rules.ts';
import { listPages, type Page, readPage } from '../persistence/pages.ts';
import { readState } from '../persistence/record.ts';
import type { Subject } from './call.ts';
import { isBehind } from './page-view.ts';
import { ProblemError, unavailable } from './problem.ts';

/** More pages than any incident has had; what is beyond them is shown as the incident itself knows it. */
const PAGES_OF_INCIDENT_MAX = 200;

/** A page as a call found it. The row is null for a moment: the page is decided and has not begun to ring. */
export interface PageSubject extends Subject {
  readonly incident: Incident;
  readonly page: Page | null;
  readonly ref: PageRef;
}

const PAGE_ID = /^(INC-\d{4}-\d{4,})-P\d+$/;

/** Throws the same `not-found` for what is not there and for what the actor may not know of. */
export async function findPage(db: Db, policy: Policy, actor: Actor, id: string): Promise<PageSubject> {
  const subject = await readPageSubject(db, policy, id);
  if (mayRead(actor, subject.incident, subject.about) === 'nothing') throw noSuchPage();
  return subject;
}

/** The same for whoever has just moved the page: they are answered how it stands, also where it is theirs no longer. */
export async function readPageSubject(db: Db, policy: Policy, id: string): Promise<PageSubject> {
  const incidentId = PAGE_ID.exec(id)?.[1];
  const row = incidentId === undefined ? null : await readState(db, incidentId);
  const ref = row?.state.pages.find((candidate) => candidate.id === id);
  if (row === null || ref === undefined) throw noSuchPage();
  const page = await readPage(db, id);
  const incident = row.state;
  const rules = await readRules(db, incident.policy.hash);
  const about = { paged: peopleOf({ page, ref, incident, rules, policy }) };
  return { incident, about, page, ref };
}

/** How long a decision waits for an acknowledgement to reach the process: it usually is there within 50 ms. */
const TAKEN_UP_WITHIN_MS = 1500;

const LOOK_EVERY_MS = 50;

/**
 * The same for a decision on a page. Its row knows an acknowledgement a moment before the process does, and who was told
 * that a page is theirs can go on from there.
 *
 * @throws `unavailable` when the process does not take the acknowledgement up.
 */
export async function findPageToDecide(
  db: Db,
  policy: Policy,
  actor: Actor,
  id: string,
): Promise<PageSubject> {
  const end = performance.now() + TAKEN_UP_WITHIN_MS;
  for (;;) {
    const subject = await findPage(db, policy, actor, id);
    if (!isTakenUnheard(subject)) return subject;
    if (performance.now() > end) {
      throw unavailable(`Page ${id} is acknowledged, and the process does not know yet.`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function isTakenUnheard({ page, ref }: PageSubject): boolean {
  const isOpen = ref.state === 'ringing' || ref.state === 'exhausted';
  return isOpen && page?.state === 'acknowledged' && !isBehind(page, ref);
}

function noSuchPage(): ProblemError {
  return new ProblemError('not-found', 'There is no such page, or it is not for you to know.');
}

interface Called {
  readonly page: Page | null;
  readonly ref: PageRef;
  readonly incident: Incident;
  /** Those that the incident began with: they name the ladder. */
  readonly rules: ProcessRules;
  /** The policy in force: it has the people. */
  readonly policy: Policy;
}

/** Whom it rang, and whom its first rung names: it is theirs before the first message has gone out. */
function peopleOf({ page, ref, incident, rules, policy }: Called): readonly string[] {
  const rung = page?.attempts.map(({ person }) => person) ?? [];
  const [first] = ladderOf(ref.target, rules).rungs;
  return [...rung, ...(first?.targets ?? []).flatMap((target) => holdersOf(target, incident, policy))];
}

function holdersOf(target: RungTarget, { lead }: Incident, { people }: Policy): readonly string[] {
  if ('person' in target) return [target.person];
  // Who is on call is known once the rung is climbed; it is theirs from then on.
  if ('rota' in target) return [];
  const { role } = target;
  if (role === 'lead') return lead === null ? [] : [lead];
  return people.filter(({ roles }) => roles.includes(role)).map(({ username }) => username);
}

/** Everybody whom a page of this incident rang or was made for. */
export async function peoplePagedOn(db: Db, policy: Policy, incident: Incident): Promise<readonly string[]> {
  const pages = await pagesPerPerson(db, policy, incident);
  return [...pages.keys()];
}

/** The pages of an incident that rang a person or were made for them. */
export async function pagesPerPerson(
  db: Db,
  policy: Policy,
  incident: Incident,
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (incident.pages.length === 0) return new Map();
  const [rows, rules] = await Promise.all([pagesOf(db, incident.id), readRules(db, incident.policy.hash)]);
  const named = incident.pages.flatMap((ref) => {
    const page = rows.find(({ id }) => id === ref.id) ?? null;
    return peopleOf({ page, ref, incident, rules, policy }).map((person) => ({ person, id: ref.id }));
  });
  return new Map(
    named.map(({ person }) => [person, named.filter((one) => one.person === person).map(({ id }) => id)]),
  );
}

/**
 * What the rows of an incident's pages know ahead of its process: an acknowledgement counts from its first moment. A row
 * of an earlier ring knows less than the process, and is not asked.
 */
export async function pageStatesOf(
  db: Db,
  incident: Incident,
): Promise<ReadonlyMap<string, Partial<PageRef>>> {
  const isOpen = incident.pages.some(({ state }) => state === 'ringing' || state === 'exhausted');
  const rows = isOpen ? await pagesOf(db, incident.id) : [];
  return new Map(
    rows.flatMap((row) => {
      const { id, state, acknowledgedBy } = row;
      const ref = incident.pages.find((candidate) => candidate.id === id);
      return ref === undefined || isBehind(row, ref) ? [] : [[id, { state, acknowledgedBy }] as const];
    }),
  );
}

async function pagesOf(db: Db, incidentId: string): Promise<readonly Page[]> {
  const { items } = await listPages(db, { incidentId, limit: PAGES_OF_INCIDENT_MAX });
  return items;
}
