import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { Actor } from '../../domain/actor.ts';
import type { DecisionVerb, Step } from '../../domain/commands.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Policy } from '../../domain/policy.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { dropTexts, storeTexts } from '../../persistence/texts.ts';
import { addCall } from '../call.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { answerIncident, findIncident } from '../incident-reading.ts';
import type { Policies } from '../policies.ts';
import { problemOfRefusal } from '../problem.ts';
import { IncidentAnswerSchema } from '../schemas/incident.ts';
import { WordsSaid } from '../words-said.ts';

/** What a step is made from. */
export interface Saying<Params, Body> {
  readonly params: Params;
  readonly body: Body;
  readonly actor: Actor;
  readonly incident: Incident;
  /** The policy that the incident began with: channels, directory, ladders. */
  readonly frozen: Policy;
  /** The policy in force: people and their roles. */
  readonly inForce: Policy;
  readonly now: number;
  readonly words: WordsSaid;
}

export interface Decision<Params, Body> {
  readonly verb: DecisionVerb;
  /** Below the incident. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly params: z.ZodType<Params>;
  readonly body: z.ZodType<Body>;
  /** Where the body's shape depends on more than the route. */
  readonly documentedBody?: z.ZodType;
  /** Throws a problem where only the policy or the record can tell that the body is wrong. */
  step(saying: Saying<Params, Body>): Step | Promise<Step>;
}

export interface Office {
  readonly app: FastifyInstance;
  readonly dependencies: ApiDependencies;
  readonly policies: Policies;
}

/** Registers a step under an incident. It answers the incident as it stands after it. */
export function addDecision<Params extends { readonly id: string }, Body>(
  { app, dependencies, policies }: Office,
  decision: Decision<Params, Body>,
): void {
  addCall(app, dependencies, {
    ...decision,
    method: 'POST',
    url: `/v1/incidents/:id/${decision.path}`,
    tag: 'Steps',
    answer: {
      status: 200,
      schema: IncidentAnswerSchema,
      description: 'The incident as it stands after the step, as far as its author may read it.',
    },
    subject: (actor, { id = '' }) => findIncident(dependencies, actor, id),
    async handle({ actor, params, body, subject, commandId }) {
      const words = new WordsSaid(dependencies.newId);
      const frozen = await policies.of(subject.incident.policy.hash);
      const inForce = dependencies.policy;
      const now = dependencies.now();
      const { incident } = subject;
      const step = await decision.step({ params, body, actor, incident, frozen, inForce, now, words });
      await takeStep(dependencies, { actor, commandId, incidentId: incident.id, step, words });
      return answerIncident(dependencies, policies, actor, incident.id);
    },
  });
}

export interface StepToTake {
  readonly actor: Actor;
  readonly commandId: string;
  readonly incidentId: string;
  readonly step: Step;
  readonly words: WordsSaid;
}

/**
 * Stores the words, then asks. A refused step's words are dropped, and so are those of a repetition whose step was taken
 * under the first asking's words. While the outcome is unknown they stay: the step may yet name them.
 */
export async function takeStep(
  { db, decisions }: Pick<ApiDependencies, 'db' | 'decisions'>,
  { actor, commandId, incidentId, step, words }: StepToTake,
): Promise<void> {
  await storeTexts(db, incidentId, words.texts);
  const outcome = await decisions.decide(incidentId, { commandId, by: actor, step });
  await dropTexts(db, words.ids);
  if (isRefusal(outcome)) throw problemOfRefusal(outcome);
}
