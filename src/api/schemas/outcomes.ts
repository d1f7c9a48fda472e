import { z } from 'zod';
import type { OutcomeFacts } from '../../domain/incident.ts';
import type { ActionKey, Part } from '../../domain/vocabulary.ts';
import { ChannelKey, InstantIn, setOf, Text, TlpLabel, Username } from './values.ts';

/** What each row of the matrix records, part by part. Source: IC-20. */

const At = InstantIn.transform((ms) => new Date(ms).toISOString());
const People = setOf(Username).refine((people) => people.length > 0, {
  message: 'Expected at least one person',
});
const Answer = z.enum(['yes', 'no', 'unknown']);
const list = <T extends z.ZodType>(item: T) => z.array(item).max(200);

/** One part of a row: the shape of its outcome, and what of it decides something. */
export interface OutcomeShape {
  readonly part: Part;
  readonly schema: z.ZodType<Outcome>;
  /** The channel that it names has to be a secure one. */
  readonly isSecure: boolean;
}

export type Outcome = Readonly<Record<string, unknown>>;

const shape = (part: Part, fields: z.ZodRawShape, isSecure = false): OutcomeShape => ({
  part,
  schema: z.strictObject(fields),
  isSecure,
});

/** Rows 1 and 8 are completed by steps of their own. */
export const OUTCOMES: Readonly<
  Record<Exclude<ActionKey, 'initial-assessment' | 'reassess'>, readonly OutcomeShape[]>
> = {
  'engage-legal': [shape('lead', { contactedAt: At, method: Text, counsel: Text })],
  'protected-information': [shape('lead', { identity: Answer, health: Answer, basis: Text })],
  'insurance-notice': [
    shape('legal', { notify: z.boolean(), reason: Text, carrierNotifiedAt: At.optional() }),
  ],
  'contact-executive': [shape('lead', { contactedAt: At, method: Text })],
  'convene-csirt': [shape('lead', { channel: ChannelKey, convenedAt: At, present: People })],
  'deliver-assessment': [shape('lead', { channel: ChannelKey, deliveredTo: People }, true)],
  'external-help': [
    shape('lead', { needed: z.boolean(), reason: Text }),
    shape('executive', { engaged: Text }),
  ],
  'initial-remediation': [
    shape(
      'lead',
      {
        steps: list(z.strictObject({ text: Text, owner: Text.optional() })).min(1),
        channel: ChannelKey,
      },
      true,
    ),
  ],
  'involve-others': [
    shape('executive', {
      involve: list(z.strictObject({ name: Text, reason: Text })),
      reason: Text.optional(),
    }),
  ],
  'agree-plan': [
    shape('csirt', {
      heldAt: At,
      present: People,
      steps: list(
        z.strictObject({ text: Text, owner: Text, dueAt: At, dependsOn: z.unknown().optional() }),
      ).min(1),
      notificationDuties: list(z.strictObject({ duty: Text, to: Text, dueAt: At })),
      documentedBy: Username,
    }),
  ],
  'engage-actors': [
    shape('csirt', {
      actors: list(z.strictObject({ name: Text, tlp: TlpLabel, contactedAt: At, method: Text })),
    }),
  ],
  'act-on-plan': [shape('csirt', { result: Text })],
  'post-action-report': [shape('csirt', { evaluation: Text, reportedTo: Text, reportedAt: At })],
  'further-measures': [
    shape('csirt', { heldAt: At, present: People, proposal: Text }),
    shape('executive', {
      determination: Text,
      measures: list(Text),
      nextSteps: list(Text),
      reportingDuties: list(z.strictObject({ law: Text, to: Text, dueAt: At })),
      documentedBy: Username,
    }),
  ],
  'act-on-next-steps': [
    shape('csirt', { result: Text, dutiesMet: list(z.strictObject({ law: Text, at: At })) }),
    shape('executive', { result: Text }),
  ],
  'after-action-review': [
    shape('lead', {
      heldAt: At,
      present: People,
      rootCause: Text,
      remediation: list(Text),
      followUps: list(z.strictObject({ title: Text, owner: Text, dueAt: At })),
      documentedBy: Username,
    }),
  ],
};

/** What of an outcome the process itself looks at; all the rest are words. */
export function factsOf(outcome: Outcome): OutcomeFacts {
  const { needed, identity, health, channel, documentedBy } = outcome;
  return {
    ...(typeof needed === 'boolean' ? { needed } : {}),
    ...(isAnswer(identity) ? { identity } : {}),
    ...(isAnswer(health) ? { health } : {}),
    ...(typeof channel === 'string' ? { channel } : {}),
    ...(typeof documentedBy === 'string' ? { documentedBy } : {}),
  };
}

function isAnswer(value: unknown): value is z.infer<typeof Answer> {
  return Answer.safeParse(value).success;
}

/** Who an outcome names, with the place where; each has to be a person of the policy. */
export function peopleNamed(
  outcome: Outcome,
): readonly { readonly pointer: string; readonly username: string }[] {
  const lists = ['present', 'deliveredTo'].flatMap((field) => {
    const people = outcome[field];
    return Array.isArray(people)
      ? people.map((username: unknown, index) => ({ pointer: `/${field}/${index}`, username }))
      : [];
  });
  const documented = { pointer: '/documentedBy', username: outcome['documentedBy'] };
  return [...lists, documented].flatMap(({ pointer, username }) =>
    typeof username === 'string' ? [{ pointer, username }] : [],
  );
}
