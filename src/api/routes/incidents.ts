import { z } from 'zod';
import type { Actor } from '../../domain/actor.ts';
import type { Role } from '../../domain/vocabulary.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { answerIncident, findIncident, readIncidents } from '../incident-reading.ts';
import { incidentView } from '../incident-view.ts';
import { IncidentParams } from '../schemas/decisions.ts';
import { IncidentAnswerSchema, IncidentSchema } from '../schemas/incident.ts';
import { Criticality, NextCursor, PAGING, Stage, TlpLabel, Username } from '../schemas/values.ts';
import type { Office } from './deciding.ts';

const Flag = z.enum(['true', 'false']).exactOptional();

const IncidentsQuery = z.strictObject({
  stage: Stage.exactOptional(),
  criticality: Criticality.exactOptional(),
  tlp: TlpLabel.exactOptional(),
  lead: Username.exactOptional(),
  overdue: Flag.meta({ description: 'A clock is past its time and nothing has stopped it.' }),
  mine: Flag.meta({ description: 'Those that the caller leads or was appointed to.' }),
  q: z
    .string()
    .min(1)
    .max(200)
    .transform((words) => words.replaceAll('\0', '\uFFFD'))
    .exactOptional()
    .meta({ description: 'Part of the identifier or of the summary of a report.' }),
  ...PAGING,
});

const IncidentsSchema = z.object({ items: z.array(IncidentSchema), nextCursor: NextCursor });

/** Who reads every incident; everybody else is shown those in which they are named. */
const READS_ALL: readonly Role[] = ['csirt', 'legal', 'auditor', 'executive'];

/** Reading incidents. */
export function addIncidents({ app, dependencies, policies }: Office): void {
  const { db, now, temporal } = dependencies;
  addCall(app, dependencies, {
    verb: 'incidents',
    method: 'GET',
    url: '/v1/incidents',
    tag: 'Incidents',
    summary: 'Incidents, the newest first',
    query: IncidentsQuery,
    answer: { status: 200, schema: IncidentsSchema, description: 'Those that the caller may read whole.' },
    subject: async () => NO_SUBJECT,
    async handle({ actor, query: { overdue, mine, ...filter } }) {
      const list = await readIncidents(db, policies, {
        ...filter,
        ...(overdue === 'true' ? { overdue: true } : {}),
        ...(mine === 'true' || !readsAll(actor) ? { mine: actor.username } : {}),
        now: now(),
      });
      return {
        items: list.items.map((material) => incidentView(material, { now: now(), temporal })),
        nextCursor: list.nextCursor,
      };
    },
  });
  addCall(app, dependencies, {
    verb: 'incident',
    method: 'GET',
    url: '/v1/incidents/:id',
    tag: 'Incidents',
    summary: 'One incident, or the excerpt of it that is for the caller',
    params: IncidentParams,
    answer: {
      status: 200,
      schema: IncidentAnswerSchema,
      description: 'Whole for the CSIRT, the team, Legal and auditors; an excerpt for who is asked or paged.',
    },
    subject: (actor, { id = '' }) => findIncident(dependencies, actor, id),
    handle: ({ actor, subject }) => answerIncident(dependencies, policies, actor, subject.incident.id),
  });
}

function readsAll({ roles }: Actor): boolean {
  return roles.some((role) => READS_ALL.includes(role));
}
