import { z } from 'zod';
import type { Actor } from '../../domain/actor.ts';
import type { Incident } from '../../domain/incident.ts';
import { concerns, type Waiting, waitingFor } from '../../domain/waiting-for.ts';
import type { Changed } from '../../persistence/incidents.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { changesFor, dutyBearing } from '../duty-reading.ts';
import type { Standing } from '../incident-reading.ts';
import { waitingView } from '../incident-view.ts';
import { WaitingForSchema } from '../schemas/incident.ts';
import {
  Criticality,
  Instant,
  InstantIn,
  instantText,
  NextCursor,
  Stage,
  TlpLabel,
} from '../schemas/values.ts';
import type { Office } from './deciding.ts';

const DutiesQuery = z.strictObject({
  since: InstantIn.exactOptional().meta({ description: 'Also says what was recorded after this instant.' }),
});

const DutySchema = WaitingForSchema.extend({
  incidentId: z.string(),
  stage: Stage,
  criticality: Criticality.nullable(),
  tlp: TlpLabel,
  lead: z.string().nullable(),
}).meta({ id: 'Duty' });

const ChangeSchema = z
  .object({
    incidentId: z.string(),
    version: z.int(),
    stage: Stage,
    lines: z.int().meta({ description: 'How many lines its timeline has got since then.' }),
    lastAt: Instant,
  })
  .meta({ id: 'Change' });

const DutiesSchema = z.object({
  asOf: Instant,
  items: z.array(DutySchema),
  nextCursor: NextCursor,
  changed: z.array(ChangeSchema),
});

type Change = z.infer<typeof ChangeSchema>;

/** What waits for the caller, the most urgent first, and what changed since they last looked. */
export function addDuties({ app, dependencies, policies }: Office): void {
  const { db, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'duties',
    method: 'GET',
    url: '/v1/duties',
    tag: 'Duties',
    summary: 'What waits for the caller, and what changed',
    query: DutiesQuery,
    answer: { status: 200, schema: DutiesSchema, description: 'The most urgent first.' },
    subject: async () => NO_SUBJECT,
    async handle({ actor, query: { since } }) {
      const asOf = now();
      const found: Found[] = [];
      for await (const standing of dutyBearing(db, policies, actor))
        found.push(...foundIn(actor, standing, asOf));
      const changed = since === undefined ? [] : await changesFor(db, actor, since);
      return {
        asOf: instantText(asOf),
        items: found.toSorted((a, b) => urgency(a.waiting) - urgency(b.waiting)).map(dutyView),
        nextCursor: null,
        changed: changed.map(changeView),
      };
    },
  });
}

interface Found {
  readonly waiting: Waiting;
  readonly incident: Pick<Incident, 'id' | 'stage' | 'criticality' | 'tlp' | 'lead'>;
}

function foundIn(actor: Actor, standing: readonly Standing[], now: number): readonly Found[] {
  return standing.flatMap(({ incident, policy }) => {
    const { id, stage, criticality, tlp, lead } = incident;
    return waitingFor(incident, policy.rules, now)
      .filter((waiting) => concerns(actor, waiting, incident))
      .map((waiting) => ({ waiting, incident: { id, stage, criticality, tlp, lead } }));
  });
}

function dutyView({ waiting, incident: { id, ...incident } }: Found) {
  return { ...waitingView(waiting), incidentId: id, ...incident };
}

function changeView({ incident: { id, version, stage }, lines, lastAt }: Changed): Change {
  return { incidentId: id, version, stage, lines, lastAt: instantText(lastAt) };
}

/** A page that rings comes first, then what is due, by when; what no clock counts comes last. */
function urgency({ what, dueAt }: { readonly what: string; readonly dueAt: number | null }): number {
  if (what.startsWith('page:')) return 0;
  return dueAt ?? Number.MAX_SAFE_INTEGER;
}
