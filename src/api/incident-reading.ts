import { mayRead } from '../domain/access.ts';
import type { Actor } from '../domain/actor.ts';
import type { Fact } from '../domain/commands.ts';
import { withAnswer } from '../domain/consultation.ts';
import type { Consultation, Incident, PageRef } from '../domain/incident.ts';
import { bouncedAmong } from '../persistence/bounced-addresses.ts';
import type { Db } from '../persistence/database.ts';
import { readEvents } from '../persistence/events.ts';
import { unfiled, unfiledOf, unfiledOfEach } from '../persistence/inbox.ts';
import { type IncidentQuery, listIncidents, readStates } from '../persistence/incidents.ts';
import { readState } from '../persistence/record.ts';
import { readReportBodies } from '../persistence/reports.ts';
import { readTexts } from '../persistence/texts.ts';
import type { Subject } from './call.ts';
import {
  type AttemptMade,
  incidentExcerpt,
  type IncidentMaterial,
  incidentView,
  textIdsOf,
} from './incident-view.ts';
import { pagesPerPerson, pageStatesOf, peoplePagedOn } from './page-reading.ts';
import { readPageAt } from './paging.ts';
import type { Policies } from './policies.ts';
import { ProblemError } from './problem.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { IncidentExcerptView, IncidentView } from './schemas/incident.ts';

/** An incident as a call found it, and what of it the caller may read. */
export interface IncidentSubject extends Subject {
  readonly incident: Incident;
  readonly reading: 'whole' | 'excerpt';
}

const INCIDENT_ID = /^INC-\d{4}-\d{4,}$/;

/** The incident of a path. Throws the same `not-found` for what is not there and for what the actor may not know of. */
export async function findIncident(
  { db, policy }: Pick<ApiDependencies, 'db' | 'policy'>,
  actor: Actor,
  id: string,
): Promise<IncidentSubject> {
  const row = INCIDENT_ID.test(id) ? await readState(db, id) : null;
  if (row === null) throw noSuchIncident();
  const { state } = row;
  const reading = mayRead(actor, state);
  if (reading === 'whole') return { incident: state, about: {}, reading };
  const about = { paged: await peoplePagedOn(db, policy, state) };
  const readingAsPaged = mayRead(actor, state, about);
  if (readingAsPaged === 'nothing') throw noSuchIncident();
  return { incident: state, about, reading: readingAsPaged };
}

function noSuchIncident(): ProblemError {
  return new ProblemError(
    'not-found',
    'There is no such incident, or it is not for you to know. Incidents look like INC-2026-0001.',
  );
}

/**
 * Reads what the views of an incident are made of; all of it comes from Postgres. What is being filed is read before the
 * state, so that a fact filed in between is seen twice rather than not at all.
 */
export async function readIncident(
  db: Db,
  policies: Policies,
  incidentId: string,
): Promise<IncidentMaterial> {
  const pending = await unfiledOf(db, incidentId);
  const row = await readState(db, incidentId);
  if (row === null) throw noSuchIncident();
  const gathered = await gather(db, policies, row.state, pending);
  const [texts, contents] = await Promise.all([
    readTexts(db, textIdsOf(gathered.incident, gathered.attempts)),
    readReportBodies(
      db,
      gathered.incident.reports.map(({ id }) => id),
    ),
  ]);
  const addresses = [...contents.values()].flatMap(({ reporter }) => reporter?.email ?? []);
  return { ...gathered, texts, contents, bounced: await bouncedAmong(db, addresses) };
}

/** More facts than this wait only while the process is away; then each incident of a list is asked for its own. */
const UNFILED_MAX = 500;

/** The same for a list, in few queries while the process keeps up. */
export async function readIncidents(
  db: Db,
  policies: Policies,
  query: IncidentQuery,
): Promise<{ readonly items: readonly IncidentMaterial[]; readonly nextCursor: string | null }> {
  const waiting = await unfiled(db, { limit: UNFILED_MAX });
  const list = await readPageAt(query.cursor, () => listIncidents(db, query));
  const isAll = waiting.length < UNFILED_MAX;
  const gathered = await Promise.all(
    list.items.map(async (incident) => {
      const own = waiting.filter(({ incidentId }) => incidentId === incident.id).map(({ fact }) => fact);
      return gather(db, policies, incident, isAll ? own : await unfiledOf(db, incident.id));
    }),
  );
  const ids = gathered.flatMap(({ incident, attempts }) => textIdsOf(incident, attempts));
  const texts = await readTexts(db, ids);
  const contents = new Map<string, never>();
  const bounced = new Map<string, never>();
  return {
    items: gathered.map((one) => ({ ...one, texts, contents, bounced })),
    nextCursor: list.nextCursor,
  };
}

/** Where incidents stand, without anybody's words: what says whose duty something is. In the order of the ids. */
export async function readStanding(
  db: Db,
  policies: Policies,
  incidentIds: readonly string[],
): Promise<readonly Standing[]> {
  const pending = await unfiledOfEach(db, incidentIds);
  const states = await readStates(db, incidentIds);
  return Promise.all(states.map((state) => standingOf(db, policies, state, pending.get(state.id) ?? [])));
}

/** An incident, facts that are still being filed included, and the policy it began with. */
export type Standing = Pick<IncidentMaterial, 'incident' | 'policy'>;

async function standingOf(
  db: Db,
  policies: Policies,
  recorded: Incident,
  pending: readonly Fact[],
): Promise<Standing> {
  const [pageStates, policy] = await Promise.all([
    pageStatesOf(db, recorded),
    policies.of(recorded.policy.hash),
  ]);
  return { incident: withPending(recorded, pending, pageStates), policy };
}

async function gather(
  db: Db,
  policies: Policies,
  recorded: Incident,
  pending: readonly Fact[],
): Promise<Omit<IncidentMaterial, 'texts' | 'contents' | 'bounced'>> {
  const [standing, attempts] = await Promise.all([
    standingOf(db, policies, recorded, pending),
    attemptsOf(db, recorded, pending),
  ]);
  return { ...standing, attempts };
}

/** What a person may read of an incident, as it stands now. A step may have taken its author's right to the whole. */
export async function answerIncident(
  { db, now, temporal, policy }: ApiDependencies,
  policies: Policies,
  actor: Actor,
  incidentId: string,
): Promise<IncidentView | IncidentExcerptView> {
  const material = await readIncident(db, policies, incidentId);
  if (mayRead(actor, material.incident) === 'whole') return incidentView(material, { now: now(), temporal });
  const paged = await pagesPerPerson(db, policy, material.incident);
  return incidentExcerpt(material, actor, paged.get(actor.username) ?? [], now());
}

/** Facts that are being filed count already: whoever told one sees it in the very next answer. */
function withPending(
  incident: Incident,
  pending: readonly Fact[],
  pageStates: ReadonlyMap<string, Partial<PageRef>>,
): Incident {
  const answers = pending.flatMap(({ fact, at }) =>
    fact.type === 'consultation-answer' ? [{ n: fact.n, textId: fact.textId, at }] : [],
  );
  return {
    ...incident,
    consultations: incident.consultations.map((consultation) =>
      answers
        .filter(({ n, textId }) => n === consultation.n && !isFiled(consultation, textId))
        .reduce(withAnswer, consultation),
    ),
    pages: incident.pages.map((page) => ({ ...page, ...pageStates.get(page.id) })),
  };
}

/** Read before the state, a fact may have been filed in between: then it stands there already. */
function isFiled({ answerTextId, earlierAnswers = [] }: Consultation, textId: string): boolean {
  return answerTextId === textId || earlierAnswers.some((earlier) => earlier.textId === textId);
}

/** The incident counts its attempts; what they were is in its timeline. */
async function attemptsOf(
  db: Db,
  incident: Incident,
  pending: readonly Fact[],
): Promise<readonly AttemptMade[]> {
  const events = incident.contactAttempts > 0 ? await readEvents(db, incident.id) : [];
  const filed = events.flatMap(({ body, by, at }) =>
    body.type === 'contact-attempted' ? [{ by, at, textId: body.textId }] : [],
  );
  const fresh = pending.flatMap(({ fact, by, at }) =>
    fact.type === 'contact-attempt' && !filed.some(({ textId }) => textId === fact.textId)
      ? [{ by, at, textId: fact.textId }]
      : [],
  );
  return [...filed, ...fresh];
}
