import { z } from 'zod';
import { mayRead } from '../../domain/access.ts';
import type { Actor } from '../../domain/actor.ts';
import { concerns, waitingFor } from '../../domain/waiting-for.ts';
import { readEvents } from '../../persistence/events.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { dutyBearing } from '../duty-reading.ts';
import type { IncidentMaterial } from '../incident-view.ts';
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
      const materials = await dutyBearing(db, policies, actor, asOf);
      return {
        asOf: instantText(asOf),
        items: dutiesOf(actor, materials, asOf),
        nextCursor: null,
        changed: since === undefined ? [] : await changesOf(since, actor, materials),
      };
    },
  });

  async function changesOf(
    since: number,
    actor: Actor,
    materials: readonly IncidentMaterial[],
  ): Promise<Change[]> {
    const readable = materials.filter(({ incident }) => mayRead(actor, incident) === 'whole');
    const changes = await Promise.all(readable.map((material) => changeOf(since, material)));
    return changes.filter((change) => change !== null);
  }

  async function changeOf(since: number, { incident }: IncidentMaterial): Promise<Change | null> {
    const { id, version, stage } = incident;
    const events = await readEvents(db, id);
    const fresh = events.filter(({ recordedAt }) => recordedAt > since);
    const last = fresh.at(-1);
    return last === undefined
      ? null
      : { incidentId: id, version, stage, lines: fresh.length, lastAt: instantText(last.recordedAt) };
  }
}

function dutiesOf(actor: Actor, materials: readonly IncidentMaterial[], now: number) {
  return materials
    .flatMap(({ incident, policy }) =>
      waitingFor(incident, policy.rules, now)
        .filter((waiting) => concerns(actor, waiting, incident))
        .map((waiting) => ({ waiting, incident })),
    )
    .toSorted((a, b) => urgency(a.waiting) - urgency(b.waiting))
    .map(({ waiting, incident }) => ({
      ...waitingView(waiting),
      incidentId: incident.id,
      stage: incident.stage,
      criticality: incident.criticality,
      tlp: incident.tlp,
      lead: incident.lead,
    }));
}

/** A page that rings comes first, then what is due, by when; what no clock counts comes last. */
function urgency({ what, dueAt }: { readonly what: string; readonly dueAt: number | null }): number {
  if (what.startsWith('page:')) return 0;
  return dueAt ?? Number.MAX_SAFE_INTEGER;
}
