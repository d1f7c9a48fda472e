import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Command, DecisionVerb, Fact } from '../domain/commands.ts';
import type { Incident } from '../domain/incident.ts';
import type { ProcessRules } from '../domain/rules.ts';

/** The contract between the engine and the workflows: identifiers, inputs, updates and signals. */

export const incidentWorkflowId = (incidentId: string): string => `incident-${incidentId}`;

/** Each ring is a run of its own: an expired acknowledgement must not find the old run still ending. */
export const pageWorkflowId = (pageId: string, ring: number): string =>
  ring === 1 ? `page-${pageId}` : `page-${pageId}-ring-${ring}`;

/** Soon enough that a person waits at most a few seconds, for a step or for a page, when a worker has died. */
export const WORKFLOW_TASK_TIMEOUT = '5s';

/** A fold of the record, and the facts that nobody has taken up yet. */
export interface IncidentInput {
  readonly incidentId: string;
  /** Null at the very first start: the report comes as a fact. */
  readonly incident: Incident | null;
  readonly rules: ProcessRules;
  readonly facts: readonly Fact[];
  /** For rehearsals: after how many events of history a new run takes over. Absent in the course of things. */
  readonly newRunAfterEvents?: number;
}

/** The queue of armed steps beside a worker's main queue. */
export const armedQueueOf = (taskQueue: string): string => `${taskQueue}-armed`;

/** The answer to a decision: the incident's version with it. The record holds it when it holds that version. */
export interface Decided {
  readonly version: number;
}

/** Every decision is an update under its own name, so that the history reads like the incident. */
export const DECISIONS: Readonly<Record<DecisionVerb, string>> = {
  lead: 'Name the lead, or hand the lead over',
  kind: 'Say what the report really is',
  reply: 'Answer the reporters, or say why not',
  question: 'Ask the reporters something',
  assessment: 'Initial assessment: scope, nature, criticality (row 1)',
  reassessment: 'Re-assessment (row 8 when in conference)',
  'hand-off': 'Hand off to the party whose it is',
  dismiss: 'Dismiss: no valid submission',
  merge: 'Merge into another incident',
  reopen: 'Reopen an ended incident',
  complete: 'Complete a part of a matrix row',
  correct: 'Correct an outcome',
  waive: 'Waive a part of a matrix row',
  designate: 'Name who completes a row for the lead',
  'request-verification': 'Result of the out-of-band verification',
  suspensions: 'Decide a suspension',
  'suspension-done': 'A suspension is carried out',
  'suspension-lift': 'Decide to lift a suspension',
  'suspension-lifted': 'A suspension is lifted',
  consultations: 'Consult somebody',
  team: 'Appoint to the handling team',
  'team-remove': 'Release from the handling team',
  pages: 'Page somebody by hand',
  'page-restart': 'Ring an exhausted page again',
  'page-hand-on': 'Hand a page on to somebody',
  'page-snooze': 'Ring the owner of a page again later',
  label: 'Give the incident, or a line of its timeline, another label',
  close: 'Close (the Executive Sponsor only)',
  'notice-draft': 'Draft a notice',
  'notice-edit': 'Edit a notice',
  'notice-release': 'Release a notice, at once or for later',
  'notice-discard': 'Discard a draft',
  'notice-stop': 'Let a notice go no further',
  'notice-correct': 'Draft a correction of a notice',
  'notice-withdraw': 'Withdraw a notice',
  'notice-label': 'Raise the label of a notice',
  channel: 'Open a chat channel by hand',
};

export const decisionUpdate = (verb: DecisionVerb) => defineUpdate<Decided, [Command]>(verb);

/** A fact from the inbox. A signal cannot refuse. */
export const factSignal = defineSignal<[Fact]>('fact');

/** Tells a page's run that its row has ended: acknowledged or cancelled. */
export const pageEndedSignal = defineSignal('ended');

/** Tells a page's run that its next step was brought forward: somebody declined. */
export const pageHurriedSignal = defineSignal('hurried');
