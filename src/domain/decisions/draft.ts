import type { Command, Step } from '../commands.ts';
import type { EventBody } from '../events.ts';
import type { Incident } from '../incident.ts';
import { refuse, type Refusal } from '../refusal.ts';
import type { ProcessRules } from '../rules.ts';
import type { Stage } from '../vocabulary.ts';

/** An event before it has its number. `at` only where it happened at another moment than now. */
export interface Draft {
  readonly body: EventBody;
  readonly at?: number;
}

/** What a decision is taken on. Time arrives as an argument. */
export interface Situation<Verb extends Step['verb'] = Step['verb']> {
  readonly incident: Incident;
  readonly by: Command['by'];
  readonly step: Extract<Step, { readonly verb: Verb }>;
  readonly rules: ProcessRules;
  readonly now: number;
}

export type Outcome = readonly Draft[] | Refusal;

export function draft(body: EventBody, at?: number): Draft {
  return at === undefined ? { body } : { body, at };
}

/** Null when the incident is in one of the stages. */
export function requireStage(incident: Incident, stages: readonly Stage[], what: string): Refusal | null {
  if (stages.includes(incident.stage)) return null;
  return refuse('wrong-stage', `${what} is for ${stages.join(', ')}; the incident is in ${incident.stage}.`);
}

export const OPEN_STAGES: readonly Stage[] = ['received', 'triage', 'response', 'review'];
