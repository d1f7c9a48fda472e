import type { Incident } from '../domain/incident.ts';
import { type LadderPosition, nextDueAt, nextPosition } from '../domain/ladder.ts';
import type { PageRun } from '../domain/page-run.ts';
import { peopleOnRung, type RotaOf, rotasAt } from '../paging/rung.ts';
import type { SendingDependencies } from '../paging/sending.ts';
import { readStates } from '../persistence/incidents.ts';
import { claimSteps, type Step } from '../persistence/page-steps.ts';
import { passOver, takeMessages, type TakenMessage, unfinishedOf } from '../persistence/pager-messages.ts';
import { type PageStep, stepOfRow } from './page-step.ts';

/** A step whose instant has come. */
export interface DueStep {
  readonly input: PageRun;
  readonly position: LadderPosition;
  readonly dueAt: number;
  /** An earlier try of the same activity may have died with messages in its hands. */
  readonly isTriedAgain: boolean;
}

/** The messages that a step is to send, and the step after it; null when its page rings no longer. */
export interface Climbed {
  readonly messages: readonly TakenMessage[];
  readonly next: PageStep | null;
}

/** Climbs steps together, in as few statements as one of them takes. */
export async function climbTogether(
  dependencies: SendingDependencies,
  steps: readonly DueStep[],
): Promise<readonly Climbed[]> {
  const { db, clock } = dependencies;
  const incidents = await readStates(db, [...new Set(steps.map(({ input }) => input.incidentId))]);
  const at = clock.now();
  const rotaOf = rotasAt(db, at);
  const plans = await Promise.all(
    steps.map((step) => {
      const incident = incidents.find(({ id }) => id === step.input.incidentId) ?? null;
      return planOf(dependencies, step, { incident, rotaOf, at });
    }),
  );
  const claims = await claimSteps(
    db,
    plans.map(({ claim }) => claim),
  );
  const calling = plans.flatMap(({ claim }, place) =>
    claims[place] === null ? [] : [{ pageId: claim.pageId, people: claim.people.length }],
  );
  const taken = shared(
    await takeFor(dependencies, calling),
    steps.map(({ input }) => input.pageId),
  );
  return Promise.all(
    plans.map(async ({ step, claim, next }, place): Promise<Climbed> => {
      const messages = taken[place] ?? [];
      switch (claims[place]) {
        case 'climbed':
          return { messages, next };
        case 'known': {
          const left = step.isTriedAgain ? await unfinishedOf(db, claim) : [];
          // Climbed before, it was climbed then: an answer that Temporal was not there to hear gives nobody their time twice.
          return { messages: [...left, ...messages], next: await stepOfRow(db, step.input) };
        }
        default:
          return { messages, next: null };
      }
    }),
  );
}

interface Plan {
  readonly step: DueStep;
  readonly claim: Step;
  readonly next: PageStep;
}

async function planOf(
  { policy }: SendingDependencies,
  step: DueStep,
  {
    incident,
    rotaOf,
    at,
  }: { readonly incident: Incident | null; readonly rotaOf: RotaOf; readonly at: number },
): Promise<Plan> {
  const { input, position, dueAt } = step;
  const { pageId, ring, ladder } = input;
  const { called, whyNobody } = await peopleOnRung(rotaOf, ladder.rungs[position.rung - 1]?.targets ?? [], {
    policy,
    incident,
    at,
  });
  const next: PageStep = {
    position: nextPosition(ladder, position),
    dueAt: nextDueAt(ladder, { rung: position.rung, dueAt, climbedAt: at, isEmpty: called.length === 0 }),
  };
  const claim: Step = {
    pageId,
    ring,
    ...position,
    at,
    people: called.map(({ person, why }) => ({ person: person.username, why })),
    ...(whyNobody !== null && { whyNobody }),
    nextContactAfterMs: policy.paging.nextContactAfterMs,
    next: next.position === null ? null : { ...next.position, nextStepAt: next.dueAt },
    factId: `${pageId}:climbed:${ring}:${position.round}:${position.rung}`,
  };
  return { step, claim, next };
}

interface Calling {
  readonly pageId: string;
  /** How many the rung calls. */
  readonly people: number;
}

/** What is to be sent for pages now. Whose contact has had its message for now is called by their next one. */
async function takeFor(
  { db, clock, policy }: SendingDependencies,
  calling: readonly Calling[],
): Promise<readonly TakenMessage[]> {
  const { oneMessagePerMs } = policy.paging;
  const messages: TakenMessage[] = [];
  let pageIds = calling.map(({ pageId }) => pageId);
  while (pageIds.length > 0) {
    messages.push(...(await takeMessages(db, { pageIds, at: clock.now(), oneMessagePerMs })));
    pageIds = calling
      .filter(({ pageId, people }) => messages.filter((message) => carries(message, pageId)).length < people)
      .map(({ pageId }) => pageId);
    if (pageIds.length === 0 || !(await passOver(db, { pageIds, at: clock.now() }))) break;
  }
  return messages;
}

/** Each message to the first of the steps whose page it carries: one has to send it. */
function shared(
  messages: readonly TakenMessage[],
  pageIds: readonly string[],
): readonly (readonly TakenMessage[])[] {
  const places = messages.map((message) =>
    Math.max(
      0,
      pageIds.findIndex((pageId) => carries(message, pageId)),
    ),
  );
  return pageIds.map((_, place) => messages.filter((__, index) => places[index] === place));
}

function carries({ pages }: TakenMessage, pageId: string): boolean {
  return pages.some((page) => page.pageId === pageId);
}
