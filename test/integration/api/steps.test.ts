import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { writeFact } from '../../../src/persistence/inbox.ts';
import { readState } from '../../../src/persistence/record.ts';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();

const EMERGENCY = {
  isIncident: true,
  nature: 'compromising-use',
  dependsOnChangeManagement: true,
  scopeCriteria: ['operations-or-providers'],
  criticality: 'emergency',
  criteria: ['critical-trust-controls'],
  tlp: 'RED',
  summary: 'The signing key is in other hands.',
} as const;

/** A step that must succeed. */
async function step(id: string, path: string, body: unknown, as = 'lead1') {
  const answer = await office.post(`/v1/incidents/${id}/${path}`, body, { as });
  expect(answer.json(), answer.body).toMatchObject({ id });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

/** A step that must be refused. */
async function refused(id: string, path: string, body: unknown, as = 'lead1') {
  const answer = await office.post(`/v1/incidents/${id}/${path}`, body, { as });
  const problem = problemOf(answer);
  return {
    status: answer.statusCode,
    code: problem.type.replace('urn:tocsin:problem:', ''),
    pointer: problem.errors?.[0]?.pointer,
    detail: problem.detail,
  };
}

async function unkeptTexts(): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`SELECT count(*)::int AS count FROM texts WHERE NOT kept`.execute(office.db);
  return rows[0]?.count ?? 0;
}

/** What stands in the record of an incident, and how many texts that nothing names. */
async function writtenOf(id: string) {
  const { version } = (await office.get(`/v1/incidents/${id}`, 'lead1')).json();
  const { items } = (await office.get(`/v1/incidents/${id}/timeline`, 'lead1')).json();
  return { version, lines: items.length, unkept: await unkeptTexts() };
}

/** In triage, after a report of somebody who may have left ways to be reached. */
async function triagedFrom(reporter: object | undefined): Promise<string> {
  const { incidentId } = await office.report({ summary: 'Look', ...(reporter && { reporter }) });
  await step(incidentId, 'lead', { username: 'lead1' }, 'responder1');
  return incidentId;
}

async function emergency(): Promise<string> {
  const id = await office.triage();
  await step(id, 'assessment', EMERGENCY);
  return id;
}

describe('a step', () => {
  test('answers the incident as it stands after it', async () => {
    const id = await office.triage();
    const after = await step(id, 'assessment', {
      ...EMERGENCY,
      severityFactors: {
        vulnerabilityType: 'key-or-credential-compromise',
        exploitability: 'network',
        disclosure: 'none',
        exposure: 'internet',
        exploitation: 'active',
        publicity: 'possible',
        dataAtRisk: 'trust-material',
      },
    });
    expect(after).toMatchObject({
      stage: 'response',
      criticality: 'emergency',
      criteria: ['critical-trust-controls'],
      inScope: true,
      tlp: 'RED',
      summary: 'The signing key is in other hands.',
      severity: { level: 'critical' },
      lead: 'lead1',
      temporal: {
        workflowId: `incident-${id}`,
        url: `http://temporal.example/namespaces/default/workflows/incident-${id}`,
      },
    });
    const initial = after.actions.find((action: { key: string }) => action.key === 'initial-assessment');
    expect(initial).toMatchObject({
      state: 'done',
      parts: [{ part: 'lead', by: 'lead1', outcome: { summary: 'The signing key is in other hands.' } }],
    });
    expect(after).toEqual((await office.get(`/v1/incidents/${id}`, 'lead1')).json());
  });

  test('repeated with its key is taken once, also at once and also after its author lost the right to it', async () => {
    const id = await office.triage();
    const body = { username: 'responder2', reason: 'End of shift' };
    office.process.delayMs = 150;
    const answers = await Promise.all(
      [1, 2, 3].map(() => office.post(`/v1/incidents/${id}/lead`, body, { as: 'lead1', key: 'hand-over' })),
    );
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
    expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === 'true')).toHaveLength(2);
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect(answers[0]?.json()).toMatchObject({ lead: 'responder2' });
    const other = await office.post(
      `/v1/incidents/${id}/lead`,
      { username: 'comms1', reason: 'x' },
      { as: 'lead1', key: 'hand-over' },
    );
    expect(problemOf(other).type).toBe('urn:tocsin:problem:key-reused');
    const fresh = await office.post(
      `/v1/incidents/${id}/lead`,
      { username: 'comms1', reason: 'x' },
      { as: 'lead1' },
    );
    expect(fresh.statusCode).toBe(403);
  });

  test('is unknown while the process is away, and asked again with its key it is found out or done', async () => {
    const id = await office.triage();
    office.process.isAway = true;
    const body = { kind: 'vulnerability', reason: 'Nothing happened yet' };
    const away = await office.post(`/v1/incidents/${id}/kind`, body, { as: 'lead1', key: 'kind-1' });
    expect(away.statusCode).toBe(503);
    expect(away.headers['retry-after']).toBe('2');
    expect(problemOf(away).detail).toContain('same key');
    office.process.isAway = false;
    office.process.losesAnswers = true;
    const lost = await office.post(`/v1/incidents/${id}/kind`, body, { as: 'lead1', key: 'kind-1' });
    expect(lost.statusCode).toBe(503);
    office.process.losesAnswers = false;
    const found = await office.post(`/v1/incidents/${id}/kind`, body, { as: 'lead1', key: 'kind-1' });
    expect(found.json()).toMatchObject({ kind: 'vulnerability' });
    expect(found.headers['idempotency-replayed']).toBeUndefined();
    const { items } = (await office.get(`/v1/incidents/${id}/timeline`, 'lead1')).json();
    expect(items.filter((item: { kind: string }) => item.kind === 'kind')).toHaveLength(1);
    expect(items.at(-1)).toMatchObject({
      text: expect.stringContaining('Nothing happened yet'),
    });
  });

  test('that is refused leaves no words behind, and its refusal is the answer of its key', async () => {
    const id = await office.triage();
    const before = await unkeptTexts();
    const first = await office.post(
      `/v1/incidents/${id}/close`,
      { determination: 'Over.' },
      { as: 'sponsor1', key: 'close-1' },
    );
    expect(first.statusCode).toBe(409);
    expect(await unkeptTexts()).toBe(before);
    const again = await office.post(
      `/v1/incidents/${id}/close`,
      { determination: 'Over.' },
      { as: 'sponsor1', key: 'close-1' },
    );
    expect(again.statusCode).toBe(409);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.headers['content-type']).toContain('application/problem+json');
    expect(again.json()).toEqual(first.json());
  });

  test('leaves no words behind that nothing names, repeated or not', async () => {
    const id = await office.triage();
    const before = await unkeptTexts();
    office.process.losesAnswers = true;
    await office.post(`/v1/incidents/${id}/question`, { text: 'When?' }, { as: 'lead1', key: 'q' });
    office.process.losesAnswers = false;
    await office.post(`/v1/incidents/${id}/question`, { text: 'When?' }, { as: 'lead1', key: 'q' });
    expect(await unkeptTexts()).toBe(before);
  });

  test('of somebody else is refused with whose it is, and not kept as the answer of its key', async () => {
    const id = await office.triage();
    const answer = await office.post(`/v1/incidents/${id}/assessment`, EMERGENCY, {
      as: 'responder1',
      key: 'a',
    });
    expect(answer.statusCode).toBe(403);
    expect(problemOf(answer).detail).toContain('the lead');
    await step(id, 'lead', { username: 'responder1', reason: 'Takes over' });
    const later = await office.post(`/v1/incidents/${id}/assessment`, EMERGENCY, {
      as: 'responder1',
      key: 'a',
    });
    expect(later.statusCode).toBe(200);
  });
});

describe('lead and team', () => {
  test('a lead is a person of the policy', async () => {
    const id = await office.triage();
    expect(await refused(id, 'lead', { username: 'stranger', reason: 'x' })).toMatchObject({
      status: 422,
      code: 'unknown-key',
      pointer: '/username',
    });
    expect(await refused(id, 'lead', { username: 'sme1', reason: 'x' })).toMatchObject({
      status: 422,
      pointer: '/username',
    });
    expect(await refused(id, 'lead', { username: 'responder2' })).toMatchObject({
      status: 422,
      code: 'reason-required',
      pointer: '/reason',
    });
  });

  test('who is appointed may read it whole, and no longer when released', async () => {
    const id = await office.triage();
    expect((await office.get(`/v1/incidents/${id}`, 'sme1')).statusCode).toBe(404);
    expect(await step(id, 'team', { username: 'sme1', role: 'sme' })).toMatchObject({
      team: [{ username: 'sme1', role: 'sme' }],
    });
    expect((await office.get(`/v1/incidents/${id}`, 'sme1')).json()).toMatchObject({
      lead: 'lead1',
      actions: expect.any(Array),
    });
    expect((await office.get('/v1/incidents', 'sme1')).json().items).toMatchObject([{ id }]);
    await step(id, 'team', { remove: 'sme1', reason: 'Done' });
    expect((await office.get(`/v1/incidents/${id}`, 'sme1')).statusCode).toBe(404);
    expect((await office.get('/v1/incidents', 'sme1')).json().items).toEqual([]);
  });
});

describe('a reply', () => {
  test('by mail is sending until the mail server took it', async () => {
    const id = await triagedFrom({ email: 'anna@example.edu' });
    const sending = await step(id, 'reply', { text: 'Thank you.' });
    expect(sending.reports).toMatchObject([{ reply: 'sending', repliedAt: null }]);
    expect(sending.waitingFor[0]).toMatchObject({ what: 'reply', who: 'tocsin', state: 'sending' });
    await office.process.deliver(id);
    const sent = (await office.get(`/v1/incidents/${id}`, 'lead1')).json();
    expect(sent.reports).toMatchObject([{ reply: 'sent', repliedAt: '2026-02-03T15:00:00.000Z' }]);
    expect(sent.clocks.find((clock: { name: string }) => clock.name === 'reply')).toMatchObject({
      state: 'met',
      by: 'lead1',
    });
  });

  test.each([
    ['nothing', undefined, 'no number was left either'],
    ['a name and a number', { name: 'Anna', phone: '+1 734 555 0110' }, 'a number was left with'],
  ])(
    'by mail to a reporter who left %s is refused with the ways there are, and nothing is written',
    async (_, reporter, number) => {
      const id = await triagedFrom(reporter);
      const before = await writtenOf(id);
      const found = await refused(id, 'reply', { text: 'Thank you.' });
      expect(found).toMatchObject({ status: 422, code: 'invalid', pointer: '/method' });
      for (const way of ['phone', 'unreachable', 'unnecessary', number]) expect(found.detail).toContain(way);
      expect(found.detail).not.toContain('734 555');
      expect(await writtenOf(id)).toEqual(before);
      const { reports } = (await office.get(`/v1/incidents/${id}`, 'lead1')).json();
      expect(reports).toMatchObject([{ reply: 'owed' }]);
      expect(await step(id, 'reply', { text: 'Thank you.', method: 'phone' })).toMatchObject({
        reports: [{ reply: 'sent' }],
      });
    },
  );

  test.each(['reply', 'question'])(
    'that is RED goes by mail only where it can be encrypted: %s',
    async (verb) => {
      office.certificates.clear();
      const id = await triagedFrom({ email: 'anna@example.edu' });
      const before = await writtenOf(id);
      const found = await refused(id, verb, { text: 'The key is out.', tlp: 'RED' });
      expect(found).toMatchObject({ status: 422, code: 'insecure-channel', pointer: '/tlp' });
      for (const way of ['certificate', 'phone', 'AMBER', 'Executive Sponsor']) {
        expect(found.detail).toContain(way);
      }
      expect(await writtenOf(id)).toEqual(before);
      office.certificates.set('anna@example.edu', ['a certificate']);
      const taken = await step(id, verb, { text: 'The key is out.', tlp: 'RED' });
      if (verb === 'reply') expect(taken.reports).toMatchObject([{ reply: 'sending' }]);
    },
  );

  test('that is AMBER+STRICT goes to no reporter by mail, certificate or not', async () => {
    office.certificates.set('anna@example.edu', ['a certificate']);
    const id = await triagedFrom({ email: 'anna@example.edu' });
    const found = await refused(id, 'reply', { text: 'For us alone.', tlp: 'AMBER+STRICT' });
    expect(found).toMatchObject({ status: 422, code: 'insecure-channel', pointer: '/tlp' });
    expect(await step(id, 'reply', { text: 'x', tlp: 'AMBER+STRICT', method: 'phone' })).toMatchObject({
      reports: [{ reply: 'sent' }],
    });
  });

  test('by mail to several goes to all or to none, and says who can be reached so', async () => {
    const [mute, id] = [await triagedFrom(undefined), await triagedFrom({ email: 'anna@example.edu' })];
    await step(mute, 'merge', { into: id, reason: 'The same' });
    const { state } = (await readState(office.db, mute)) ?? { state: { reports: [] } };
    const fact = { type: 'reports-joined', from: mute, reports: state.reports } as const;
    await writeFact(office.db, {
      factId: `${mute}-joins`,
      incidentId: id,
      by: 'tocsin',
      at: office.now,
      fact,
    });
    await office.process.file(id);
    const { reports } = (await office.get(`/v1/incidents/${id}`, 'lead1')).json();
    const [anna, nobody] = reports.map((report: { id: string }) => report.id);
    const found = await refused(id, 'reply', { text: 'Thank you.' });
    expect(found).toMatchObject({ status: 422, pointer: '/method' });
    expect(found.detail).toContain(`No mail address was left with ${nobody}.`);
    expect(found.detail).toContain(`By mail can be answered: ${anna}; name them alone.`);
    expect(await refused(id, 'reply', { text: 'x', reportIds: [nobody] })).toMatchObject({
      status: 422,
      pointer: '/reportIds',
    });
    expect(await step(id, 'reply', { text: 'Thank you.', reportIds: [anna] })).toMatchObject({
      reports: [{ reply: 'sending' }, { reply: 'owed' }],
    });
  });

  test.each([
    [{ unnecessary: true, reason: 'A test of ours' }, 'unnecessary'],
    [{ unreachable: true, attempts: [{ method: 'phone', at: '2026-02-03T14:00:00.000Z' }] }, 'unreachable'],
    [{ text: 'Told', method: 'phone', at: '2026-02-03T15:00:00.000Z' }, 'sent'],
  ])('%o stops the clock', async (body, state) => {
    const id = await office.triage();
    const after = await step(id, 'reply', body);
    expect(after.reports).toMatchObject([{ reply: state }]);
    expect(await refused(id, 'reply', body)).toMatchObject({ status: 409, code: 'already-done' });
  });

  test.each([
    [{}, '/text'],
    [{ unnecessary: true }, '/reason'],
    [{ unreachable: true }, '/attempts'],
    [{ unreachable: true, attempts: [] }, '/attempts'],
    [{ text: 'x', at: '2026-02-03T14:00:00.000Z' }, '/at'],
    [{ text: 'x', method: 'phone', at: '2026-02-03T16:00:00.000Z' }, '/at'],
    [{ text: 'x', method: 'pigeon' }, '/method'],
    [{ text: 'x', reportIds: ['one'] }, '/reportIds/0'],
    [{ text: 'x', reportIds: ['2b7d4a3e-0000-4000-8000-000000000000'] }, '/reportIds'],
    [{ text: 'x', tlp: 'WHITE' }, '/tlp'],
    [{ text: ' ' }, '/text'],
  ])('%o is wrong at %s', async (body, pointer) => {
    const id = await office.triage();
    expect(await refused(id, 'reply', body)).toMatchObject({ status: 422, pointer });
  });
});

describe('an assessment', () => {
  test.each([
    [{ ...EMERGENCY, criteria: [] }, 'criteria-missing', '/criteria'],
    [{ ...EMERGENCY, criteria: ['deemed-by-sponsor'] }, 'not-yours', '/criteria'],
    [{ ...EMERGENCY, nature: undefined }, 'invalid', '/nature'],
    [{ ...EMERGENCY, nature: 'mischief' }, 'invalid', '/nature'],
    [{ ...EMERGENCY, scopeCriteria: ['a', 'a'] }, 'invalid', '/scopeCriteria/0'],
    [
      { ...EMERGENCY, criteria: ['critical-trust-controls', 'critical-trust-controls'] },
      'invalid',
      '/criteria',
    ],
    [
      { ...EMERGENCY, severityFactors: { vulnerabilityType: 'x' } },
      'invalid',
      '/severityFactors/exploitability',
    ],
    [{ ...EMERGENCY, isIncident: 'yes' }, 'invalid', '/isIncident'],
    [{ ...EMERGENCY, 'odd/field': 1 }, 'invalid', '/odd~1field'],
  ])('%o is refused', async (body, code, pointer) => {
    const id = await office.triage();
    expect(await refused(id, 'assessment', body)).toMatchObject({ code, pointer });
  });

  test('names severity values of the policy', async () => {
    const id = await office.triage();
    const severityFactors = {
      vulnerabilityType: 'bad luck',
      exploitability: 'network',
      disclosure: 'none',
      exposure: 'internet',
      exploitation: 'active',
      publicity: 'possible',
      dataAtRisk: 'none',
    };
    expect(await refused(id, 'assessment', { ...EMERGENCY, severityFactors })).toMatchObject({
      status: 422,
      pointer: '/severityFactors/vulnerabilityType',
    });
  });
});

describe('a row of the matrix', () => {
  const CONVENED = {
    channel: 'csirt-conference',
    convenedAt: '2026-02-03T14:59:00.000Z',
    present: ['lead1', 'comms1'],
  };
  const CONFERENCE = {
    channel: 'csirt-conference',
    heldAt: '2026-02-03T14:59:00.000Z',
    present: ['lead1', 'sponsor1'],
  };

  test('records its outcome, and waits for what must come first', async () => {
    const id = await emergency();
    const after = await step(id, 'actions/convene-csirt/complete', { outcome: CONVENED, note: 'Short' });
    const row = after.actions.find((action: { key: string }) => action.key === 'convene-csirt');
    expect(row).toMatchObject({
      state: 'done',
      parts: [{ part: 'lead', by: 'lead1', outcome: CONVENED, note: 'Short', isWaived: false }],
    });
    expect(await refused(id, 'actions/act-on-plan/complete', { outcome: { result: 'x' } })).toMatchObject({
      status: 409,
      code: 'predecessor-missing',
    });
  });

  test.each([
    [
      'deliver-assessment',
      { channel: 'direct-mail', deliveredTo: ['comms1'] },
      'insecure-channel',
      '/outcome/channel',
    ],
    [
      'deliver-assessment',
      { channel: 'carrier-pigeon', deliveredTo: ['comms1'] },
      'unknown-key',
      '/outcome/channel',
    ],
    [
      'deliver-assessment',
      { channel: 'csirt-secure-list', deliveredTo: ['stranger'] },
      'unknown-key',
      '/outcome/deliveredTo/0',
    ],
    [
      'deliver-assessment',
      { channel: 'csirt-secure-list', deliveredTo: [] },
      'invalid',
      '/outcome/deliveredTo',
    ],
    ['convene-csirt', { ...CONVENED, convenedAt: '2026-02-03 14:59' }, 'invalid', '/outcome/convenedAt'],
    ['convene-csirt', { ...CONVENED, colour: 'blue' }, 'invalid', '/outcome/colour'],
    [
      'protected-information',
      { identity: 'perhaps', health: 'no', basis: 'x' },
      'invalid',
      '/outcome/identity',
    ],
    [
      'engage-legal',
      { contactedAt: '2026-02-30T14:59:00.000Z', method: 'phone', counsel: 'x' },
      'invalid',
      '/outcome/contactedAt',
    ],
    [
      'initial-remediation',
      { steps: [{ text: 'x', colour: 1 }], channel: 'in-person' },
      'invalid',
      '/outcome/steps/0/colour',
    ],
    ['reassess', { anything: 'at all' }, 'invalid', undefined],
  ])('%s with %o is refused', async (key, outcome, code, pointer) => {
    const id = await emergency();
    const found = await refused(id, `actions/${key}/complete`, { outcome });
    expect(found).toMatchObject({ status: 422, code });
    expect(found.pointer).toBe(pointer);
  });

  test('has the parts that it has', async () => {
    const id = await emergency();
    expect(
      await refused(id, 'actions/engage-legal/complete', { part: 'executive', outcome: {} }),
    ).toMatchObject({
      status: 422,
      pointer: '/part',
    });
  });

  test.each([
    ['engage-legal', { outcome: { colour: 'blue' } }],
    ['engage-legal', {}],
    ['engage-legal', { outcome: {}, part: 'executive' }],
    ['agree-plan', { outcome: { colour: 'blue' }, part: 'csirt' }],
    ['external-help', { outcome: { engaged: 1 }, part: 'executive' }],
    ['insurance-notice', { outcome: 'blue' }],
    ['reassess', { outcome: {} }],
  ])('%s with %o is first of all somebody else’s', async (key, body) => {
    const id = await emergency();
    await step(id, 'actions/contact-executive/designate', { username: 'owner1' });
    for (const path of [`actions/${key}/complete`, `actions/${key}/correct`]) {
      expect(await refused(id, path, { ...body, reason: 'x' }, 'owner1')).toMatchObject({
        status: 403,
        code: 'not-yours',
        detail: expect.stringContaining(`Row ${key} is for `),
      });
    }
    const wrong = await refused(id, 'actions/contact-executive/complete', { outcome: {} }, 'owner1');
    expect(wrong).toMatchObject({ status: 422, pointer: '/outcome/contactedAt' });
  });

  test('of two parts is wrong in the shape of the part that is the caller’s', async () => {
    const id = await emergency();
    const found = await refused(
      id,
      'actions/external-help/complete',
      { outcome: { engaged: 1 } },
      'sponsor1',
    );
    expect(found).toMatchObject({ status: 422, pointer: '/outcome/engaged' });
    expect(
      await refused(id, 'actions/external-help/complete', { outcome: { engaged: 1 }, part: 'executive' }),
    ).toMatchObject({ status: 403 });
  });

  test('that there is none of is not there', async () => {
    const id = await emergency();
    expect(await refused(id, 'actions/dance/complete', { outcome: {} })).toMatchObject({ status: 404 });
  });

  test('that is documented is so by the lead or its designee', async () => {
    const id = await emergency();
    for (const key of ['convene-csirt', 'deliver-assessment', 'external-help', 'initial-remediation']) {
      await step(id, `actions/${key}/waive`, { reason: 'A rehearsal' });
    }
    await step(id, 'reassessment', { ...EMERGENCY, reason: 'As it was', conference: CONFERENCE });
    const plan = {
      heldAt: '2026-02-03T14:59:00.000Z',
      present: ['lead1', 'comms1'],
      steps: [{ text: 'Revoke', owner: 'ops1', dueAt: '2026-02-04T15:00:00.000Z' }],
      notificationDuties: [],
    };
    const path = 'actions/agree-plan';
    expect(
      await refused(id, `${path}/complete`, { outcome: { ...plan, documentedBy: 'comms1' } }, 'responder1'),
    ).toMatchObject({ status: 422, code: 'invalid', pointer: '/outcome/documentedBy' });
    await step(id, `${path}/designate`, { username: 'comms1' });
    const after = await step(
      id,
      `${path}/complete`,
      { outcome: { ...plan, documentedBy: 'comms1' } },
      'responder1',
    );
    expect(after.actions.find((action: { key: string }) => action.key === 'agree-plan')).toMatchObject({
      state: 'done',
      parts: [{ by: 'responder1', outcome: { documentedBy: 'comms1' } }],
    });
  });

  test('of two parts tells them apart by their outcome', async () => {
    const id = await emergency();
    await step(id, 'actions/convene-csirt/complete', { outcome: CONVENED });
    await step(id, 'actions/deliver-assessment/complete', {
      outcome: { channel: 'csirt-secure-list', deliveredTo: ['comms1'] },
    });
    await step(id, 'reassessment', {
      ...EMERGENCY,
      reason: 'As it was',
      conference: CONFERENCE,
    });
    await step(id, 'actions/external-help/complete', { outcome: { needed: true, reason: 'Forensics' } });
    const open = (await office.get(`/v1/incidents/${id}`, 'lead1')).json();
    expect(open.waitingFor).toContainEqual(
      expect.objectContaining({ what: 'action:external-help', who: 'executive', part: 'executive' }),
    );
    const after = await step(
      id,
      'actions/external-help/complete',
      { outcome: { engaged: 'A laboratory' } },
      'sponsor1',
    );
    expect(after.actions.find((action: { key: string }) => action.key === 'external-help')).toMatchObject({
      state: 'done',
      parts: [{ part: 'lead' }, { part: 'executive', by: 'sponsor1' }],
    });
  });

  test('is corrected with the old outcome kept, waived with a reason, and done by a designee', async () => {
    const id = await emergency();
    await step(id, 'actions/contact-executive/complete', {
      outcome: { contactedAt: '2026-02-03T14:00:00.000Z', method: 'phone' },
    });
    const corrected = await step(id, 'actions/contact-executive/correct', {
      outcome: { contactedAt: '2026-02-03T14:10:00.000Z', method: 'phone' },
      reason: 'Wrong hour',
    });
    expect(
      corrected.actions.find((action: { key: string }) => action.key === 'contact-executive'),
    ).toMatchObject({
      parts: [{ outcome: { contactedAt: '2026-02-03T14:10:00.000Z' } }],
      earlierParts: [{ outcome: { contactedAt: '2026-02-03T14:00:00.000Z' } }],
    });
    const waived = await step(id, 'actions/convene-csirt/waive', { reason: 'All are here' });
    expect(waived.actions.find((action: { key: string }) => action.key === 'convene-csirt')).toMatchObject({
      state: 'waived',
      reason: 'All are here',
      parts: [{ isWaived: true, outcome: null }],
    });
    expect(await refused(id, 'actions/engage-legal/waive', { reason: 'x' })).toMatchObject({
      code: 'not-waivable',
    });
    await step(id, 'actions/engage-legal/designate', { username: 'comms1' });
    const outcome = { contactedAt: '2026-02-03T14:00:00.000Z', method: 'phone', counsel: 'Ms Law' };
    expect(await refused(id, 'actions/engage-legal/complete', { outcome }, 'responder2')).toMatchObject({
      status: 403,
    });
    await step(id, 'actions/engage-legal/complete', { outcome }, 'comms1');
  });
});

describe('a request to suspend', () => {
  async function request(): Promise<string> {
    const { incidentId } = await office.report({ summary: 'Please suspend us', kind: 'suspension-request' });
    await office.post(`/v1/incidents/${incidentId}/lead`, { username: 'lead1' }, { as: 'responder1' });
    return incidentId;
  }

  test.each([
    [{ contact: 'nobody', channel: 'phone' }, 'unknown-key', '/contact'],
    [{ contact: 'north-security', channel: 'direct-mail' }, 'invalid', '/channel'],
    [{ contact: 'south-executive', channel: 'encrypted-mail' }, 'invalid', '/channel'],
    [{ contact: 'south-executive', channel: 'smoke' }, 'unknown-key', '/channel'],
  ])('is not verified with %o', async (body, code, pointer) => {
    const id = await request();
    expect(await refused(id, 'request-verification', { ...body, result: 'confirmed' })).toMatchObject({
      status: 422,
      code,
      pointer,
    });
  });

  test('is verified, decided, carried out and lifted', async () => {
    const id = await request();
    const suspension = {
      participant: 'south-college',
      action: 'revoke-credentials',
      basis: 'verified-request',
      reason: 'They ask',
    };
    expect(await refused(id, 'suspensions', suspension)).toMatchObject({
      status: 409,
      code: 'predecessor-missing',
    });
    const verified = await step(id, 'request-verification', {
      contact: 'south-executive',
      channel: 'phone',
      result: 'confirmed',
    });
    expect(verified.verification).toMatchObject({
      contact: 'south-executive',
      channel: 'phone',
      result: 'confirmed',
      by: 'lead1',
    });
    const decided = await step(id, 'suspensions', suspension);
    expect(decided.suspensions).toMatchObject([
      { n: 1, participant: 'south-college', state: 'decided', reason: 'They ask', impact: null },
    ]);
    expect((await office.get(`/v1/incidents/${id}`, 'ops1')).json()).toEqual({
      id,
      stage: 'triage',
      criticality: null,
      tlp: 'AMBER+STRICT',
      lead: 'lead1',
      waitingFor: [
        { what: 'suspension:1', who: 'operations', since: expect.any(String), dueAt: null, state: 'decided' },
      ],
      suspensions: decided.suspensions,
      consultations: [],
      pages: [],
    });
    const done = await step(id, 'suspensions/1/done', { note: 'Revoked' }, 'ops1');
    expect(done.suspensions).toMatchObject([{ state: 'done' }]);
    expect(await refused(id, 'suspensions/1/lifted', {}, 'ops1')).toMatchObject({ status: 409 });
    await step(id, 'suspensions/1/lift', {}, 'sponsor1');
    await step(id, 'suspensions/1/lifted', {}, 'ops1');
    expect(await refused(id, 'suspensions/2/done', {}, 'ops1')).toMatchObject({ status: 404 });
    expect(await refused(id, 'suspensions/x/done', {}, 'ops1')).toMatchObject({ status: 404 });
  });
});

describe('facts', () => {
  test('are taken while the process is away, and show at once', async () => {
    const id = await office.triage();
    await step(id, 'consultations', { asked: 'sme1', question: 'Is it exploitable?' });
    office.process.isAway = true;
    expect((await office.get(`/v1/incidents/${id}`, 'sme1')).json()).toMatchObject({
      id,
      consultations: [{ n: 1, asked: 'sme1', question: 'Is it exploitable?', answer: null }],
      waitingFor: [{ what: 'consultation:1', who: 'sme1' }],
    });
    const answered = await office.post(
      `/v1/incidents/${id}/consultations/1/answer`,
      { answer: 'Yes.' },
      { as: 'sme1', key: 'c' },
    );
    expect(answered.json()).toMatchObject({ consultations: [{ answer: 'Yes.' }], waitingFor: [] });
    const attempt = {
      party: 'South College',
      method: 'phone',
      at: '2026-02-03T14:00:00.000Z',
      result: 'No answer',
    };
    const attempted = await step(id, 'contact-attempts', attempt);
    expect(attempted.contactAttempts).toEqual([{ ...attempt, by: 'lead1' }]);
    await step(id, 'timeline', {
      text: 'Power is out',
      at: '2026-02-01T08:00:00.000Z',
      kind: 'finding',
      method: 'seen',
      tlp: 'GREEN',
    });
    const { items } = (await office.get(`/v1/incidents/${id}/timeline`, 'lead1')).json();
    expect(items.slice(-3)).toMatchObject([
      { seq: null, kind: 'consultation', hash: null, recordedAt: null },
      { seq: null, kind: 'contact-attempt' },
      {
        seq: null,
        kind: 'finding',
        text: 'Power is out',
        at: '2026-02-01T08:00:00.000Z',
        method: 'seen',
        tlp: 'GREEN',
        by: 'lead1',
      },
    ]);
    office.process.isAway = false;
    await office.process.file(id);
    const filed = (await office.get(`/v1/incidents/${id}`, 'lead1')).json();
    expect(filed.contactAttempts).toEqual(attempted.contactAttempts);
    expect(filed.consultations).toMatchObject([{ answer: 'Yes.' }]);
  });

  test.each([
    ['timeline', { text: 'Power is out' }],
    ['contact-attempts', { party: 'South College', method: 'phone', result: 'No answer' }],
  ])(
    'of %s cannot have happened in the future; a clock that is a little ahead is forgiven',
    async (path, body) => {
      const id = await office.triage();
      const before = await writtenOf(id);
      expect(await refused(id, path, { ...body, at: '2026-02-03T15:05:00.001Z' })).toMatchObject({
        status: 422,
        code: 'invalid',
        pointer: '/at',
        detail: expect.stringContaining('not in the future; it is 2026-02-03T15:00:00.000Z'),
      });
      expect(await writtenOf(id)).toEqual(before);
      await step(id, path, { ...body, at: '2026-02-03T15:05:00.000Z' });
      const { items } = (await office.get(`/v1/incidents/${id}/timeline`, 'lead1')).json();
      expect(items.at(-1)).toMatchObject({ at: '2026-02-03T15:00:00.000Z', by: 'lead1' });
    },
  );

  test('of a consultation are all shown: the latest answer, and those before it', async () => {
    const id = await office.triage();
    await step(id, 'consultations', { asked: 'sme1', question: 'Is it exploitable?' });
    const answer = (text: string) => step(id, 'consultations/1/answer', { answer: text }, 'sme1');
    await answer('Not as far as we know.');
    await office.process.file(id);
    office.now += 60_000;
    const second = await answer('It is, over the network.');
    const expected = [
      {
        n: 1,
        answer: 'It is, over the network.',
        answeredAt: '2026-02-03T15:01:00.000Z',
        earlierAnswers: [{ answer: 'Not as far as we know.', answeredAt: '2026-02-03T15:00:00.000Z' }],
      },
    ];
    expect(second.consultations).toMatchObject(expected);
    await office.process.file(id);
    const filed = (await office.get(`/v1/incidents/${id}`, 'lead1')).json();
    expect(filed.consultations).toMatchObject(expected);
  });

  test('told twice with one key are one', async () => {
    const id = await office.triage();
    const note = { text: 'Once' };
    await office.post(`/v1/incidents/${id}/timeline`, note, { as: 'lead1', key: 'n' });
    const again = await office.post(`/v1/incidents/${id}/timeline`, note, { as: 'lead1', key: 'n' });
    expect(again.headers['idempotency-replayed']).toBe('true');
    const { items } = (await office.get(`/v1/incidents/${id}/timeline`, 'lead1')).json();
    expect(items.filter((item: { kind: string }) => item.kind === 'note')).toHaveLength(1);
  });

  test('only the asked answers', async () => {
    const id = await office.triage();
    await step(id, 'consultations', { asked: 'sme1', question: 'x' });
    expect(await refused(id, 'consultations/1/answer', { answer: 'x' })).toMatchObject({ status: 403 });
    expect(await refused(id, 'consultations/2/answer', { answer: 'x' }, 'sme1')).toMatchObject({
      status: 404,
    });
    expect(await refused(id, 'consultations/1/answer', { answer: 'x' }, 'owner1')).toMatchObject({
      status: 404,
    });
  });

  test('a correction names a line that there is', async () => {
    const id = await office.triage();
    expect(await refused(id, 'timeline', { text: 'x', corrects: 99 })).toMatchObject({
      status: 422,
      pointer: '/corrects',
    });
    await step(id, 'timeline', { text: 'x', corrects: 1 });
  });
});

describe('the end', () => {
  test('an incident merged into another gives its place to it', async () => {
    const [first, second] = [await office.triage(), await office.triage()];
    expect(await refused(first, 'merge', { into: 'INC-2026-9999', reason: 'x' })).toMatchObject({
      status: 422,
      pointer: '/into',
    });
    expect(await refused(first, 'merge', { into: first, reason: 'x' })).toMatchObject({
      status: 422,
      pointer: '/into',
    });
    expect(await step(first, 'merge', { into: second, reason: 'The same' })).toMatchObject({
      stage: 'merged',
      mergedInto: second,
    });
    expect(await refused(second, 'merge', { into: first, reason: 'x' })).toMatchObject({ status: 409 });
  });

  test('what is no valid submission is dismissed and can be brought back', async () => {
    const id = await office.triage();
    expect(await step(id, 'dismiss', { reason: 'Spam' })).toMatchObject({
      stage: 'dismissed',
      reports: [{ reply: 'unnecessary' }],
    });
    expect(await step(id, 'reopen', { reason: 'It is none' })).toMatchObject({
      stage: 'triage',
      reports: [{ reply: 'owed' }],
    });
  });

  test('a hand-off waits for the reply that is owed', async () => {
    const id = await office.triage();
    await step(id, 'assessment', {
      isIncident: false,
      dependsOnChangeManagement: false,
      scopeCriteria: [],
      tlp: 'GREEN',
      summary: 'A misprint',
    });
    const handOff = { basis: 'not-an-incident', to: 'Operations', reason: 'Theirs' };
    expect(await refused(id, 'hand-off', handOff)).toMatchObject({ status: 409, code: 'reply-owed' });
    await step(id, 'reply', { unnecessary: true, reason: 'x' });
    expect(await step(id, 'hand-off', handOff)).toMatchObject({
      stage: 'handed-off',
      endedAt: '2026-02-03T15:00:00.000Z',
    });
  });
});
