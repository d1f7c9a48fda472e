import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ownStand } from '../support/stand.ts';
import * as work from './handling.ts';
import { assessment, eventually, PATIENCE_MS } from './handling.ts';

const stand = ownStand();
const desk = work.handling(stand);
const { report, step, incident } = desk;

/** In everything that anybody writes here, and nowhere in Temporal. */
const MARKER = 'xylophone';

const REPLY_DUE_AT = defineSearchAttributeKey('ReplyDueAt', 'DATETIME');
const PAGE_LEVEL = defineSearchAttributeKey('PageLevel', 'INT');

let client: Client;

beforeAll(async () => {
  client = new Client({ connection: await Connection.connect({ address: stand().temporal }) });
});
afterAll(async () => {
  await client.connection.close();
});

/** What its UI shows under *Current details*. */
async function currentDetails(workflowId: string): Promise<string> {
  const metadata: { readonly currentDetails?: string } = await client.workflow
    .getHandle(workflowId)
    .query('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

/** A row of the details' table. */
function row(details: string, name: string): string {
  return new RegExp(`^\\| ${name} \\| (.*) \\|$`, 'm').exec(details)?.[1] ?? '';
}

/** Everything that a history holds, its payloads as text. */
async function historyText(workflowId: string): Promise<string> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  return JSON.stringify(history.events, (_key, value: unknown) => legible(value));
}

function legible(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  const isBuffer = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
  return isBuffer && 'data' in value ? Buffer.from(value.data as number[]).toString('utf8') : value;
}

/** The labels that the UI shows beside timers, activities and updates. */
async function labels(workflowId: string): Promise<readonly string[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ userMetadata }) => {
    const data = userMetadata?.summary?.data;
    return data ? [JSON.parse(Buffer.from(data).toString('utf8')) as string] : [];
  });
}

/** Each test goes on where the one before has stopped. */
describe('the Temporal UI alone tells', () => {
  let id = '';
  let workflowId = '';

  test('where an incident stands: stage, lead, rows, clocks, what comes next', async () => {
    const words = { summary: `The ${MARKER} is gone`, description: `A ${MARKER} of brass.` };
    ({ incidentId: id } = await report({
      ...words,
      reporter: { name: MARKER, email: `${MARKER}@x.example` },
    }));
    ({ workflowId } = (await incident(id)).temporal);
    expect(workflowId).toBe(`incident-${id}`);
    const fresh = await eventually(async () => {
      const details = await currentDetails(workflowId);
      expect(row(details, 'stage')).toBe('received');
      return details;
    });
    expect(fresh).toContain(id);
    expect(row(fresh, 'lead')).toBe('nobody');
    expect(row(fresh, 'clocks')).toMatch(/^lead running until .+; reply running until /);
    expect(row(fresh, 'next by itself')).toMatch(/^lead, \d{4}-\d\d-\d\dT/);

    await step('responder1', id, 'lead', { username: 'lead1' });
    await step('lead1', id, 'assessment', assessment({ summary: `Our ${MARKER} was stolen` }));
    await eventually(async () => {
      const details = await currentDetails(workflowId);
      expect(row(details, 'criticality')).toBe('escalation');
      expect(row(details, 'lead')).toBe('lead1');
      expect(row(details, 'rows due')).toContain('engage-legal');
    });
  });

  test('which incidents stand alike: its lists are searched by stage, lead and criticality', async () => {
    const query = `Stage = 'response' AND Criticality = 'escalation' AND Tlp = 'AMBER' AND Lead = 'lead1'`;
    await eventually(async () => {
      const found: string[] = [];
      for await (const execution of client.workflow.list({ query })) found.push(execution.workflowId);
      expect(found).toEqual([workflowId]);
    });
    const { typedSearchAttributes } = await client.workflow.getHandle(workflowId).describe();
    const clock = (await incident(id)).clocks.find(({ name }) => name === 'reply');
    expect(typedSearchAttributes.get(REPLY_DUE_AT)).toEqual(new Date(clock?.dueAt ?? ''));
  });

  test('whom a page has called: its own workflow says reason, round and rung', async () => {
    await step('lead1', id, 'pages', { to: 'owner1', note: `Bring the ${MARKER}.` });
    const call = await stand().waitForMail(({ to }) => to.includes('owner1@stand.example'), PATIENCE_MS);
    expect(call.text).not.toContain(MARKER);
    const [pageId = ''] = (await incident(id)).pages;
    const details = await eventually(async () => {
      const shown = await currentDetails(`page-${pageId}`);
      expect(shown).toContain('round 1, rung 2');
      return shown;
    });
    expect(details).toContain(`**${pageId}** for ${id}: call-in`);
    await eventually(async () => {
      const { typedSearchAttributes } = await client.workflow.getHandle(workflowId).describe();
      expect(typedSearchAttributes.get(PAGE_LEVEL)).toBe(1);
    });
    await desk.acknowledge('owner1', pageId);
  });

  test('what every step of the machinery is for, and who decided what', async () => {
    await step('responder1', id, 'reply', { text: `Your ${MARKER} was found.` });
    await stand().waitForMail(({ subject }) => subject.includes('Reply to your report'), PATIENCE_MS);
    await eventually(async () => {
      const shown = await labels(workflowId);
      expect(shown).toEqual(
        expect.arrayContaining([
          expect.stringContaining('received'),
          'lead-named',
          // A timer says for which clock it runs.
          expect.stringMatching(/^(lead|reply|action:[a-z-]+), \d{4}-/),
        ]),
      );
      expect(shown.filter((label) => label.startsWith(`${id}:reply:1:`))).toHaveLength(1);
    });
    const text = await historyText(workflowId);
    for (const update of ['lead', 'assessment', 'pages', 'reply'])
      expect(text).toContain(`"name":"${update}"`);
  });

  test('no word that anybody wrote, in no history, attribute or label', async () => {
    const [pageId = ''] = (await incident(id)).pages;
    const seen = await Promise.all([
      ...[workflowId, `page-${pageId}`].map(historyText),
      ...[workflowId, `page-${pageId}`].map(currentDetails),
      ...[workflowId, `page-${pageId}`].map(async (one) =>
        JSON.stringify((await client.workflow.getHandle(one).describe()).typedSearchAttributes.getAll()),
      ),
    ]);
    // The look is a real one: what may be there is found by it.
    expect(seen.join('\n')).toContain('lead1');
    expect(seen.join('\n').toLowerCase()).not.toContain(MARKER);
  });

  test('that it has ended, with a link from the incident', async () => {
    const { incidentId } = await report({ summary: 'Nothing' });
    await eventually(async () => expect((await incident(incidentId)).version).toBeGreaterThan(0));
    const { temporal } = await step('responder1', incidentId, 'dismiss', { reason: 'Nothing.' });
    await eventually(async () => {
      const { status } = await client.workflow.getHandle(temporal.workflowId).describe();
      expect(status.name).toBe('COMPLETED');
    });
    expect(temporal.url).toBe(`${stand().temporalUi}/namespaces/default/workflows/${temporal.workflowId}`);
    expect((await fetch(temporal.url ?? '')).status).toBe(200);
    expect((await step('responder1', incidentId, 'reopen', { reason: 'Something.' })).stage).toBe('received');
    await eventually(async () => {
      const { status } = await client.workflow.getHandle(temporal.workflowId).describe();
      expect(status.name).toBe('RUNNING');
    });
  });
});
