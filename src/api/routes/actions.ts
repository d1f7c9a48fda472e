import { whoseRow } from '../../domain/decisions/actions.ts';
import type { Policy } from '../../domain/policy.ts';
import type { ActionKey, Part } from '../../domain/vocabulary.ts';
import { requireChannel, requirePerson, requireSecureChannel } from '../people-and-channels.ts';
import { ProblemError, problemOfRefusal, wrongField } from '../problem.ts';
import {
  ActionParams,
  CompleteBody,
  CompleteBodyDocumentation,
  CorrectBody,
  CorrectBodyDocumentation,
  DesignateBody,
  WaiveBody,
} from '../schemas/decisions.ts';
import { factsOf, type Outcome, OUTCOMES, type OutcomeShape, peopleNamed } from '../schemas/outcomes.ts';
import { placesOf } from '../shape.ts';
import { addDecision, type Office, type Saying } from './deciding.ts';

/** The rows of the actions matrix. Source: IC-20. */
export function addActions(office: Office): void {
  addDecision(office, {
    verb: 'complete',
    path: 'actions/:key/complete',
    summary: 'Say a part of a row of the actions matrix',
    params: ActionParams,
    body: CompleteBody,
    documentedBody: CompleteBodyDocumentation,
    step({ params: { key }, body, words, ...saying }) {
      const { outcome, part } = outcomeOf(key, body, saying);
      return {
        verb: 'complete',
        key,
        part,
        textId: words.keep({ outcome, note: body.note }),
        facts: factsOf(outcome),
      };
    },
  });
  addDecision(office, {
    verb: 'correct',
    path: 'actions/:key/correct',
    summary: 'Replace an outcome; the old one stays in the record',
    params: ActionParams,
    body: CorrectBody,
    documentedBody: CorrectBodyDocumentation,
    step({ params: { key }, body, words, ...saying }) {
      const { outcome, part } = outcomeOf(key, body, saying);
      return {
        verb: 'correct',
        key,
        part,
        textId: words.keep({ outcome, reason: body.reason }),
        facts: factsOf(outcome),
      };
    },
  });
  addDecision(office, {
    verb: 'waive',
    path: 'actions/:key/waive',
    summary: 'Waive a row, or a part of it, with a reason',
    params: ActionParams,
    body: WaiveBody,
    step: ({ params: { key }, body, words }) => ({
      verb: 'waive',
      key,
      part: body.part ?? null,
      textId: words.keep({ reason: body.reason }),
    }),
  });
  addDecision(office, {
    verb: 'designate',
    path: 'actions/:key/designate',
    summary: 'Name who may complete this row for the lead',
    params: ActionParams,
    body: DesignateBody,
    step({ params: { key }, body, inForce }) {
      requirePerson(inForce, body.username, '/username');
      return { verb: 'designate', key, username: body.username };
    },
  });
}

interface SaidOutcome {
  readonly part?: Part | undefined;
  readonly outcome: Outcome;
}

type Circumstances = Pick<Saying<never, never>, 'actor' | 'incident' | 'frozen' | 'inForce'>;

/**
 * The outcome in the shape of its row and part, its channel and people known to the policy. Whose part it is comes before
 * its shape.
 */
function outcomeOf(
  key: ActionKey,
  said: SaidOutcome,
  { actor, incident, frozen, inForce }: Circumstances,
): { readonly outcome: Outcome; readonly part: Part | null } {
  const whose = (part: Part | null) => whoseRow({ incident, by: actor, rules: frozen.rules, key, part });
  const refusal = whose(said.part ?? null);
  if (refusal !== null) throw problemOfRefusal(refusal);
  const shapes = shapesOf(key, said.part);
  const [first] = shapes;
  // A row with a step of its own has no shape here; the process says which step that is.
  if (first === undefined) return { outcome: said.outcome, part: said.part ?? null };
  const shape =
    shapes.find(({ schema }) => schema.safeParse(said.outcome).success) ??
    shapes.find(({ part }) => whose(part) === null) ??
    first;
  const outcome = parsed(key, shape, said.outcome);
  checkNames(outcome, shape, frozen, inForce);
  // Without a word of the part, the shape of the outcome tells which one it is.
  return { outcome, part: said.part ?? (shapes.length > 1 ? shape.part : null) };
}

function shapesOf(key: ActionKey, part: Part | undefined): readonly OutcomeShape[] {
  if (key === 'initial-assessment' || key === 'reassess') return [];
  const shapes = OUTCOMES[key];
  const own = part === undefined ? shapes : shapes.filter((shape) => shape.part === part);
  if (own.length > 0) return own;
  const parts = shapes.map((shape) => shape.part).join(', ');
  throw wrongField(
    'invalid',
    '/part',
    `Row ${key} has ${shapes.length > 1 ? 'the parts' : 'the part'} ${parts}.`,
  );
}

function parsed(key: ActionKey, { schema, part }: OutcomeShape, outcome: Outcome): Outcome {
  const result = schema.safeParse(outcome);
  if (result.success) return result.data;
  const places = result.error.issues.flatMap((issue) => placesOf(issue, ['outcome']));
  const [first] = places;
  throw new ProblemError(
    'invalid',
    `The outcome is not that of row ${key} (${part}). ${first?.pointer}: ${first?.detail}. Nothing was done.`,
    { places },
  );
}

function checkNames(outcome: Outcome, { isSecure }: OutcomeShape, frozen: Policy, inForce: Policy): void {
  const { channel } = outcome;
  if (typeof channel === 'string') {
    const check = isSecure ? requireSecureChannel : requireChannel;
    check(frozen, channel, '/outcome/channel');
  }
  for (const { pointer, username } of peopleNamed(outcome)) {
    requirePerson(inForce, username, `/outcome${pointer}`);
  }
}
