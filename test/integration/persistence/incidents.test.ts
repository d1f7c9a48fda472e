import { beforeAll, describe, expect, test } from 'vitest';

import type { Clock, Incident } from '../../../src/domain/incident.ts';
import {
  type IncidentFilter,
  listIncidents,
  changedSince,
  dutyBearingIds,
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

describe('incidents that bear duties', () => {
  const OUTLIVING = {
    'a due part of a row': { actions: [action('due'), action('done')] },
    'a suspension to be carried out': { suspensions: [{ state: 'decided' }] },
    'a suspension to be lifted': { suspensions: [{ state: 'lift-decided' }] },
    'a page that rings': { pages: [{ state: 'ringing' }] },
    'a page that nobody took': { pages: [{ state: 'exhausted' }] },
  } as unknown as Record<string, Partial<Incident>>;

  function action(state: string): object {
    return { key: 'insurance-notice', state };
  }

  async function ended(said: Partial<Incident>): Promise<string> {
    const { incidentId } = await report(database.db, { receivedAt: MORNING - 24 * HOUR });
    await recordAll(database.db, incidentId, [named(1)], { stage: 'closed', endedAt: MORNING, ...said });
    return incidentId;
  }

  test('are those that are open, by stage and then from the newest', async () => {
    const found = await dutyBearingIds(database.db, null);
    const places = ['met', 'breached', 'plain', 'led', 'late', 'helped'].map((name) =>
      found.indexOf(ids.get(name) ?? ''),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(found).not.toContain(ids.get('ended'));
  });

  test.each(Object.entries(OUTLIVING))('are ended ones, however old, with %s', async (_, said) => {
    const incidentId = await ended({ ...said, lead: 'ann' });
    expect(await dutyBearingIds(database.db, null)).toContain(incidentId);
    expect(await dutyBearingIds(database.db, 'ann')).toContain(incidentId);
    expect(await dutyBearingIds(database.db, 'bob')).not.toContain(incidentId);
  });

  test('are no more those of which all is done', async () => {
    const done = {
      actions: [action('done')],
      suspensions: [{ state: 'done' }],
      pages: [{ state: 'cancelled' }],
    };
    const incidentId = await ended(done as unknown as Partial<Incident>);
    expect(await dutyBearingIds(database.db, null)).not.toContain(incidentId);
  });
});

describe('incidents that have changed', () => {
  const since = NOW + 24 * HOUR;

  test('are told with how many lines were recorded since, and when the last of them was', async () => {
    const { incidentId } = await report(database.db);
    const at = (seq: number, recordedAt: number) => ({ ...named(seq), recordedAt });
    await recordAll(database.db, incidentId, [at(1, since), at(2, since + 1), at(3, since + 5)]);
    expect(await changedSince(database.db, { since, endedOf: null })).toMatchObject([
      { incident: { id: incidentId, version: 3 }, lines: 2, lastAt: since + 5 },
    ]);
    expect(await changedSince(database.db, { since: since + 5, endedOf: null })).toEqual([]);
  });

  test('of those that have ended, are those of one person', async () => {
    const { incidentId } = await report(database.db);
    const event = { ...named(1), recordedAt: since + 100 };
    await recordAll(database.db, incidentId, [event], { stage: 'closed', endedAt: MORNING, lead: 'ann' });
    const changed = async (endedOf: string | null) =>
      (await changedSince(database.db, { since: since + 50, endedOf })).map(({ incident: { id } }) => id);
    expect(await changed('ann')).toEqual([incidentId]);
    expect(await changed(null)).toEqual([incidentId]);
    expect(await changed('bob')).toEqual([]);
  });
});
