import { beforeAll, describe, expect, test } from 'vitest';
import { apiOffice } from './api-office.ts';

const office = apiOffice();

const NORMAL = {
  isIncident: true,
  nature: 'neglect',
  dependsOnChangeManagement: true,
  scopeCriteria: ['participant-systems-or-keys'],
  criticality: 'normal',
  tlp: 'GREEN',
  summary: 'An old certificate.',
} as const;

let assessed = '';
let received: string[] = [];

beforeAll(async () => {
  assessed = await office.triage();
  await office.post(`/v1/incidents/${assessed}/assessment`, NORMAL, { as: 'lead1' });
  received = [];
  for (const summary of ['Alpha 100%', 'Beta_x', 'Gamma']) {
    office.now += 1000;
    const { incidentId } = await office.report({ summary });
    await office.process.file(incidentId);
    received.push(incidentId);
  }
});

async function idsOf(path: string, as = 'responder1'): Promise<string[]> {
  const answer = await office.get(path, as);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json().items.map(({ id }: { id: string }) => id);
}

describe('the list of incidents', () => {
  test('goes from the newest to the oldest', async () => {
    expect(await idsOf('/v1/incidents')).toEqual([...received.toReversed(), assessed]);
  });

  test('is read page by page, each incident once', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const answer = await office.get(
        `/v1/incidents?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        'responder1',
      );
      const page = answer.json<{ items: { id: string }[]; nextCursor: string | null }>();
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([...received.toReversed(), assessed]);
  });

  test.each([
    ['stage=triage', () => [assessed]],
    ['criticality=normal', () => [assessed]],
    ['tlp=GREEN', () => [assessed]],
    ['lead=lead1', () => [assessed]],
    ['q=alpha 100%25', () => received.slice(0, 1)],
    ['q=beta_', () => received.slice(1, 2)],
    ['q=_', () => received.slice(1, 2)],
    ['stage=closed', () => []],
    ['stage=received&q=gamma', () => received.slice(2)],
  ])('filtered by %s is that', async (query, expected) => {
    expect(await idsOf(`/v1/incidents?${query}`)).toEqual(expected());
  });

  test('filtered by what is overdue shows what no one has done in time', async () => {
    expect(await idsOf('/v1/incidents?overdue=true')).toEqual([]);
    office.now += 25 * 3_600_000;
    expect(await idsOf('/v1/incidents?overdue=true')).toContain(received[0]);
  });

  test('filtered by what is mine is that of the caller', async () => {
    expect(await idsOf('/v1/incidents?mine=true', 'lead1')).toEqual([assessed]);
    expect(await idsOf('/v1/incidents?mine=true', 'responder1')).toEqual([]);
  });

  test('is empty for who may read none', async () => {
    for (const as of ['ops1', 'owner1', 'admin1']) expect(await idsOf('/v1/incidents', as)).toEqual([]);
  });

  test('is whole for Legal and auditors', async () => {
    for (const as of ['legal1', 'auditor1']) expect(await idsOf('/v1/incidents', as)).toHaveLength(4);
  });

  test('shows each as it is shown by itself, but for what the reporters said', async () => {
    const { items } = (await office.get('/v1/incidents', 'lead1')).json();
    for (const item of items) {
      const alone = (await office.get(`/v1/incidents/${item.id}`, 'lead1')).json();
      const reports = alone.reports.map(({ content, ...report }: { content: object }) => {
        expect(content).toMatchObject({ summary: expect.any(String) });
        return report;
      });
      expect(item).toEqual({ ...alone, reports });
    }
  });
});

describe('the timeline', () => {
  test('is numbered, chained, and read page by page', async () => {
    const path = `/v1/incidents/${assessed}/timeline`;
    const { items } = (await office.get(path, 'lead1')).json();
    expect(items.map(({ seq, kind }: { seq: number; kind: string }) => [seq, kind])).toEqual([
      [1, 'received'],
      [2, 'lead'],
      [3, 'assessed'],
    ]);
    expect(items[0].hash).toMatch(/^[0-9a-f]{64}$/);
    const first = (await office.get(`${path}?limit=2`, 'lead1')).json();
    const second = (await office.get(`${path}?limit=2&cursor=${first.nextCursor}`, 'lead1')).json();
    expect([...first.items, ...second.items]).toEqual(items);
    expect(second.nextCursor).toBeNull();
  });

  test('is a document for who asks for one, in order of time and whole seconds', async () => {
    const path = `/v1/incidents/${assessed}/timeline`;
    await office.post(
      path,
      { text: 'Seen *before*', at: '2016-06-21T20:39:33.000Z', method: 'mail' },
      { as: 'lead1' },
    );
    const answer = await office.get(path, 'lead1', { accept: 'text/markdown' });
    expect(answer.headers['content-type']).toBe('text/markdown; charset=utf-8');
    const lines = answer.body.split('\n').filter((line) => line !== '');
    expect(lines[0]).toBe(`# ${assessed}: An old certificate.`);
    expect(lines.find((line) => line.startsWith('20'))).toBe(
      String.raw`2016-06-21T20:39:33Z: Seen \*before\* (via mail; lead1@)`,
    );
  });

  test('is not for who may only read an excerpt', async () => {
    expect((await office.get(`/v1/incidents/${assessed}/timeline`, 'ops1')).statusCode).toBe(403);
  });
});

describe('duties', () => {
  async function dutiesOf(as: string, query = '') {
    const answer = await office.get(`/v1/duties${query}`, as);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  }
  const whatOf = ({ items }: { items: { incidentId: string; what: string }[] }) =>
    items.map(({ incidentId, what }) => `${incidentId} ${what}`);

  test('are what waits for the caller, the most urgent first', async () => {
    expect(whatOf(await dutiesOf('lead1'))).toEqual(
      expect.arrayContaining([
        `${assessed} action:engage-legal`,
        `${received[0]} lead`,
        `${received[0]} reply`,
      ]),
    );
    const forResponder = whatOf(await dutiesOf('responder1'));
    expect(forResponder).toContain(`${received[2]} lead`);
    expect(forResponder).not.toContain(`${assessed} action:engage-legal`);
    const due = (await dutiesOf('responder1')).items.map(({ dueAt }: { dueAt: string }) => dueAt);
    expect(due).toEqual(due.toSorted());
  });

  test('of Legal go on after a hand-off', async () => {
    const outcome = { contactedAt: '2026-02-03T14:00:00.000Z', method: 'phone', counsel: 'Ms Law' };
    const step = async (path: string, body: unknown) =>
      expect((await office.post(`/v1/incidents/${assessed}/${path}`, body, { as: 'lead1' })).statusCode).toBe(
        200,
      );
    await step('actions/engage-legal/complete', { outcome });
    await step('actions/protected-information/complete', {
      outcome: { identity: 'unknown', health: 'no', basis: 'x' },
    });
    await step('actions/deliver-assessment/complete', {
      outcome: { channel: 'in-person', deliveredTo: ['comms1'] },
    });
    await step('reply', { unnecessary: true, reason: 'Ours' });
    expect(whatOf(await dutiesOf('lead1'))).toContain(`${assessed} hand-off`);
    await step('hand-off', { basis: 'normal', to: 'Operations', reason: 'Theirs' });
    expect(whatOf(await dutiesOf('legal1'))).toEqual([`${assessed} action:insurance-notice`]);
    expect(whatOf(await dutiesOf('owner1'))).toEqual([]);
  });

  test('say what changed since the caller last looked', async () => {
    office.now += 60_000;
    const before = new Date(office.now).toISOString();
    expect((await dutiesOf('responder1', `?since=${before}`)).changed).toEqual([]);
    office.now += 1000;
    await office.post(
      `/v1/incidents/${received[1]}/kind`,
      { kind: 'inquiry', reason: 'x' },
      { as: 'responder2' },
    );
    expect((await dutiesOf('responder1', `?since=${before}`)).changed).toMatchObject([
      { incidentId: received[1], lines: 1, version: 2, stage: 'received' },
    ]);
    expect((await dutiesOf('owner1', `?since=${before}`)).changed).toEqual([]);
  });
});

describe('the policy', () => {
  test('is there for everybody who is signed in, with name, hash, choices and durations', async () => {
    const policy = (await office.get('/v1/policy', 'owner1')).json();
    expect(policy).toMatchObject({
      name: 'incommon',
      hash: office.policy.rules.hash,
      serviceLevels: { reply: { within: 'P1D', warnBefore: 'PT4H' } },
      calendar: {
        timeZone: 'America/Detroit',
        days: expect.arrayContaining([{ weekday: 1, from: '09:00', to: '17:00' }]),
      },
    });
    expect(policy.actions).toHaveLength(18);
    expect(policy.channels.find(({ key }: { key: string }) => key === 'in-person')).toMatchObject({
      isSecure: true,
    });
  });
});
