import type { Client } from '@temporalio/client';

import { incidentWorkflowId } from '../src/workflows/messages.ts';
import type { Bench } from './bench.ts';
import { until } from './pace.ts';
import { ringingPageOf, untilQuiet } from './record.ts';

/**
 * An Escalation through all its rows, with three pages and ten notes, by the people of the stand. Each step has come to
 * rest before the next one is taken, as people take them: together they would be fewer events.
 *
 * @returns its number.
 */
export async function walkEscalation({ stand: { post }, client, database: { db } }: Bench): Promise<string> {
  const { incidentId } = await post<{ readonly incidentId: string }>('/v1/reports', REPORT);
  const path = `/v1/incidents/${incidentId}`;
  const atRest = async (): Promise<void> => {
    await untilQuiet(db);
    await until('the workflow waits', async () => isWaiting(client, incidentId), {
      withinMs: RESTS_WITHIN_MS,
      everyMs: 20,
    });
  };
  const step = async (as: string, verb: string, body: object): Promise<void> => {
    await post(`${path}/${verb}`, body, as);
    await atRest();
  };
  const complete = ({ as, key, ...said }: Said) => step(as, `actions/${key}/complete`, said);

  await atRest();
  await step('responder1', 'lead', { username: 'lead1' });
  await step('responder1', 'reply', { text: 'Thank you. We are looking into it.' });
  await step('lead1', 'assessment', ASSESSMENT);
  for (const called of CALLED_IN) {
    await step('lead1', 'pages', { to: called });
    await post(`/v1/pages/${await ringingPageOf(db, incidentId)}/acknowledge`, {}, called);
    await atRest();
  }
  for (let note = 1; note <= NOTES; note += 1) {
    await step('responder1', 'timeline', { text: `Finding ${note} of the log collector`, kind: 'finding' });
  }
  for (const said of ROWS_2_TO_7) await complete(said);
  await step('lead1', 'reassessment', {
    ...ASSESSMENT,
    reason: 'Nothing new.',
    conference: { channel: 'csirt-conference', heldAt: AT, present: PRESENT },
  });
  for (const said of ROWS_9_TO_18) await complete(said);
  await step('sponsor1', 'close', { determination: 'Remedied.' });
  return incidentId;
}

/** Nothing under way in its process: no task and no activity. */
async function isWaiting(client: Client, incidentId: string): Promise<boolean> {
  const { raw } = await client.workflow.getHandle(incidentWorkflowId(incidentId)).describe();
  return raw.pendingWorkflowTask == null && (raw.pendingActivities ?? []).length === 0;
}

const RESTS_WITHIN_MS = 30_000;
const NOTES = 10;
const CALLED_IN = ['owner1', 'sme1', 'ops1'];
const PRESENT = ['lead1', 'responder1', 'sponsor1'];
const AT = '2026-01-05T15:00:00.000Z';
const DUE = '2026-02-05T15:00:00.000Z';

const REPORT = {
  summary: 'An IdP signs with a stolen key',
  reporter: { name: 'Anna Berg', email: 'anna.berg@north.example.edu' },
};

export const ASSESSMENT = {
  isIncident: true,
  nature: 'compromising-use',
  dependsOnChangeManagement: true,
  scopeCriteria: ['participant-systems-or-keys'],
  criticality: 'escalation',
  criteria: ['production-systems'],
  tlp: 'AMBER',
  summary: 'An identity provider signs with a key that somebody else has as well',
};

interface Said {
  readonly as: string;
  readonly key: string;
  readonly part?: string;
  readonly outcome: object;
}

const said = (as: string, key: string, outcome: object, part?: string): Said => ({
  as,
  key,
  outcome,
  ...(part !== undefined && { part }),
});

const ROWS_2_TO_7: readonly Said[] = [
  said('lead1', 'engage-legal', { contactedAt: AT, method: 'phone', counsel: 'legal1' }),
  said('lead1', 'protected-information', { identity: 'no', health: 'no', basis: 'public metadata only' }),
  said('legal1', 'insurance-notice', { notify: false, reason: 'below the deductible' }),
  said('lead1', 'contact-executive', { contactedAt: AT, method: 'phone' }),
  said('lead1', 'convene-csirt', { channel: 'csirt-conference', convenedAt: AT, present: PRESENT }),
  said('lead1', 'deliver-assessment', { channel: 'csirt-secure-list', deliveredTo: PRESENT }),
];

const ROWS_9_TO_18: readonly Said[] = [
  said('lead1', 'external-help', { needed: true, reason: 'an appliance' }, 'lead'),
  said('sponsor1', 'external-help', { engaged: 'its vendor' }, 'executive'),
  said('lead1', 'initial-remediation', { steps: [{ text: 'roll the key' }], channel: 'csirt-secure-list' }),
  said('sponsor1', 'involve-others', { involve: [{ name: 'ops1', reason: 'change windows' }] }),
  said('responder1', 'agree-plan', {
    heldAt: AT,
    present: PRESENT,
    steps: [{ text: 'roll the key', owner: 'owner1', dueAt: DUE }],
    notificationDuties: [{ duty: 'advice', to: 'participants', dueAt: DUE }],
    documentedBy: 'lead1',
  }),
  said('renisac1', 'engage-actors', {
    actors: [{ name: 'REN-ISAC', tlp: 'GREEN', contactedAt: AT, method: 'encrypted-mail' }],
  }),
  said('responder1', 'act-on-plan', { result: 'the key is rolled' }),
  said('responder1', 'post-action-report', {
    evaluation: 'no sign of use',
    reportedTo: 'sponsor1',
    reportedAt: AT,
  }),
  said(
    'lead1',
    'further-measures',
    { heldAt: AT, present: PRESENT, proposal: 'an inventory of keys' },
    'csirt',
  ),
  said(
    'sponsor1',
    'further-measures',
    {
      determination: 'agreed',
      measures: ['inventory of keys'],
      nextSteps: ['hardware module'],
      reportingDuties: [],
      documentedBy: 'lead1',
    },
    'executive',
  ),
  said('comms1', 'act-on-next-steps', { result: 'participants told', dutiesMet: [] }, 'csirt'),
  said('sponsor1', 'act-on-next-steps', { result: 'budget approved' }, 'executive'),
  said('lead1', 'after-action-review', {
    heldAt: AT,
    present: PRESENT,
    rootCause: 'a key on a shared disk',
    remediation: ['hardware module'],
    followUps: [{ title: 'inventory', owner: 'lead1', dueAt: DUE }],
    documentedBy: 'lead1',
  }),
];
