import { beforeAll, describe, expect, test } from 'vitest';

import type { Clock, Incident } from '../../../src/domain/incident.ts';
import {
  type IncidentFilter,
  listIncidents,
  unfinishedIncidentIds,
} from '../../../src/persistence/incidents.ts';
import { ownDatabase } from './own-database.ts';
import { HOUR, incident, MINUTE, MORNING, named, recordAll, report } from './sample.ts';

const database = ownDatabase();
const NOW = MORNING + 10 * HOUR;

function clock(dueAt: number, said: Partial<Clock> = {}): Clock {
  return {
    name: 'action:engage-legal',
    reportId: null,
    startedAt: MORNING,
    dueAt,
    state: 'running',
    stoppedAt: null,
    by: null,
    reason: null,
    stepsTaken: 0,
    ...said,
  };
}

/** Name of the incident in these tests → what is recorded of it. In the order of receipt, a minute apart. */
const INCIDENTS: Readonly<Record<string, Partial<Incident> & { readonly summary?: string }>> = {
  plain: { summary: 'Phishing of 50%_off\\ vouchers' },
  led: { lead: 'ann', stage: 'triage', clocks: [clock(NOW + HOUR)] },
  helped: {
    lead: 'bob',
    stage: 'response',
    team: [{ username: 'ann', role: 'sme' }],
    criticality: 'emergency',
  },
  late: {
    lead: 'bob',
    stage: 'response',
    criticality: 'escalation',
    clocks: [clock(NOW + HOUR), clock(NOW - 1)],
  },
  breached: { tlp: 'RED', clocks: [clock(NOW - HOUR, { state: 'breached' })] },
  met: { clocks: [clock(NOW - HOUR, { state: 'met', stoppedAt: MORNING })] },
  ended: { stage: 'closed', endedAt: MORNING + HOUR, clocks: [clock(NOW - HOUR, { state: 'breached' })] },
};
const ids = new Map<string, string>();

beforeAll(async () => {
  let receivedAt = MORNING;
  for (const [name, { summary = 'Something else', ...said }] of Object.entries(INCIDENTS)) {
    receivedAt += MINUTE;
    const { incidentId } = await report(database.db, { receivedAt, body: { summary, description: null } });
    await recordAll(database.db, incidentId, [named(1)], { ...said, receivedAt });
    ids.set(name, incidentId);
  }
});

async function found(filter: IncidentFilter): Promise<readonly (string | undefined)[]> {
  const { items } = await listIncidents(database.db, { ...filter, limit: 100, now: NOW });
  const names = new Map([...ids].map(([name, incidentId]) => [incidentId, name]));
  return items.map((item) => names.get(item.id));
}

describe('the list of incidents', () => {
  test('goes from the newest to the oldest and gives them as recorded', async () => {
    const names = Object.keys(INCIDENTS);
    expect(await found({})).toEqual(names.toReversed());
    const { items } = await listIncidents(database.db, { limit: 1, now: NOW });
    const { summary: _, ...ended } = INCIDENTS['ended'] ?? {};
    const receivedAt = MORNING + names.length * MINUTE;
    expect(items).toEqual([incident(ids.get('ended') ?? '', { ...ended, receivedAt, version: 1 })]);
  });

  test.each<[IncidentFilter, readonly string[]]>([
    [{ stage: 'response' }, ['late', 'helped']],
    [{ criticality: 'emergency' }, ['helped']],
    [{ tlp: 'RED' }, ['breached']],
    [{ lead: 'bob' }, ['late', 'helped']],
    [{ lead: 'bo' }, []],
    [{ lead: 'b\0b' }, []],
    [{ mine: 'ann' }, ['helped', 'led']],
    [{ mine: 'eve' }, []],
    [{ overdue: true }, ['breached', 'late']],
    [{ overdue: false, stage: 'closed' }, ['ended']],
    [{ lead: 'bob', criticality: 'escalation', overdue: true }, ['late']],
    [{ q: 'phishing' }, ['plain']],
    [{ q: '50%_off\\ v' }, ['plain']],
    [{ q: '50x' }, []],
    [{ q: '%' }, ['plain']],
    [{ q: 'PHISH', stage: 'closed' }, []],
    [{ q: 'nul\0' }, []],
  ])('filtered by %j', async (filter, names) => {
    expect(await found(filter)).toEqual(names);
  });

  test('is searched by a part of the identifier', async () => {
    const led = ids.get('led') ?? '';
    expect(await found({ q: led.toLowerCase() })).toEqual(['led']);
    expect(await found({ q: led.slice(-4) })).toEqual(['led']);
  });

  test('read page by page gives each once, also those received in the same instant', async () => {
    for (let twin = 0; twin < 5; twin += 1) {
      const initialState = (id: string) => incident(id, { lead: 'twin' });
      await report(database.db, { receivedAt: MORNING - HOUR, initialState });
    }
    const seen = [];
    let cursor: string | null | undefined;
    do {
      const page = await listIncidents(database.db, {
        lead: 'twin',
        limit: 2,
        now: NOW,
        ...(cursor == null ? {} : { cursor }),
      });
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(5);
    expect(seen).toEqual([...new Set(seen)].toSorted().toReversed());
  });

  test.each(['', '!', 'W10', Buffer.from('[1e300,"x"]').toString('base64url')])(
    'refuses the cursor %j',
    async (cursor) => {
      const refused = listIncidents(database.db, { limit: 1, now: NOW, cursor });
      await expect(refused).rejects.toMatchObject({ code: 'malformed-cursor' });
    },
  );
});

test('unfinished are incidents that are open, or have a clock or something outward left', async () => {
  const { incidentId } = await report(database.db);
  const effects = [{ do: 'cancel-page', key: 'k', pageId: 'p', because: 'ended' }] as const;
  await recordAll(database.db, incidentId, [named(1)], { stage: 'closed', endedAt: MORNING, effects });
  const { incidentId: finished } = await report(database.db);
  await recordAll(database.db, finished, [named(1)], { stage: 'closed', endedAt: MORNING });
  const unfinished = await unfinishedIncidentIds(database.db, { quietSince: null, unbegunSince: null });
  expect(unfinished).toEqual(expect.arrayContaining([ids.get('plain'), ids.get('ended'), incidentId]));
  expect(unfinished).not.toContain(finished);
  const quiet = await unfinishedIncidentIds(database.db, { quietSince: MORNING, unbegunSince: null });
  expect(quiet).toEqual([]);
});

test('a report that the process has not taken up yet is overdue when its reply is', async () => {
  const { incidentId } = await report(database.db, { receivedAt: MORNING - 48 * HOUR });
  const { items } = await listIncidents(database.db, { overdue: true, limit: 100, now: NOW });
  expect(items.map((item) => item.id)).toContain(incidentId);
});

test('one of which nothing is recorded yet is unfinished once it came in long enough ago', async () => {
  const { incidentId: unbegun } = await report(database.db);
  const unfinished = (unbegunSince: number) =>
    unfinishedIncidentIds(database.db, { quietSince: null, unbegunSince });
  expect(await unfinished(MORNING)).not.toContain(unbegun);
  expect(await unfinished(MORNING)).toContain(ids.get('plain'));
  expect(await unfinished(Date.now() + HOUR)).toContain(unbegun);
});
