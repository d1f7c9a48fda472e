import { describe, expect, test } from 'vitest';
import { HOUR, incidentAt, RECEIVED_AT, steps, Walk } from '../../support/incidents.ts';

describe('a fact', () => {
  test('is taken up in every stage', () => {
    const facts = [
      { type: 'note', kind: 'finding', textId: 'text-note', tlp: 'GREEN', corrects: null },
      { type: 'contact-attempt', textId: 'text-attempt' },
      { type: 'reporter-answer', reportId: 'report-1', textId: 'text-answer' },
    ] as const;
    for (const stage of ['received', 'response', 'closed', 'handed-off', 'merged', 'dismissed'] as const) {
      const walk = incidentAt(stage);
      for (const fact of facts) {
        const [first] = walk.during(() => walk.tell(fact, { by: 'lead1' }));
        expect(first).toBeDefined();
        expect(walk.incident.stage).toBe(stage);
      }
    }
  });

  test('keeps when it happened beside when it was taken up; a note may lie before the receipt', () => {
    const walk = incidentAt('received').wait(HOUR);
    const at = RECEIVED_AT - 5 * HOUR;
    walk.tell(
      { type: 'note', kind: 'note', textId: 'text-note', tlp: 'AMBER', corrects: 1 },
      { by: 'lead1', at },
    );
    expect(walk.events.at(-1)).toMatchObject({
      at,
      recordedAt: walk.now,
      by: 'lead1',
      body: { corrects: 1 },
    });
  });

  test('is taken up once', () => {
    const walk = incidentAt('received');
    const told = { by: 'lead1', factId: 'fact-1' };
    walk.tell({ type: 'contact-attempt', textId: 'text-attempt' }, told);
    expect(walk.during(() => walk.tell({ type: 'contact-attempt', textId: 'text-attempt' }, told))).toEqual(
      [],
    );
    expect(walk.incident.contactAttempts).toBe(1);
  });

  test('that tells of a report a second time, under another id, changes nothing', () => {
    const walk = incidentAt('received');
    expect(walk.during(() => walk.report())).toEqual([]);
    expect(walk.incident.reports).toHaveLength(1);
  });
});

describe('the label of an incident', () => {
  test('is that of its first report, or a stricter one of a later report', () => {
    const walk = new Walk().report({ tlp: 'GREEN' });
    expect(walk.incident.tlp).toBe('GREEN');
    expect(walk.report({ reportId: 'report-2', tlp: 'RED' }).incident.tlp).toBe('RED');
    expect(walk.report({ reportId: 'report-3', tlp: 'CLEAR' }).incident.tlp).toBe('RED');
  });

  test('is set by the assessment', () => {
    const walk = incidentAt('triage').take('lead1', steps.assess('normal', { tlp: 'RED' }));
    expect(walk.incident.tlp).toBe('RED');
  });
});

describe('the first event', () => {
  test('names the policy by its hash', () => {
    const walk = new Walk().report();
    expect(walk.events[0]?.body).toMatchObject({
      type: 'received',
      policyName: 'incommon',
      policyHash: walk.rules.hash,
    });
  });
});

describe('a command', () => {
  test('asked again under its id changes nothing, whatever it asks for', () => {
    const walk = incidentAt('received').take('responder1', steps.lead('lead1'), 'responder1:key-1');
    const { incident } = walk;
    walk.take('responder1', steps.lead('lead1'), 'responder1:key-1');
    walk.take('responder1', steps.dismiss(), 'responder1:key-1');
    expect(walk.incident).toBe(incident);
  });

  test('that was refused may be asked again under its id', () => {
    const walk = incidentAt('received');
    walk.refusal('responder1', steps.lead('ops1'));
    expect(walk.incident.answered).toHaveLength(1);
  });

  test('gives its id to all its events', () => {
    const walk = incidentAt('received').wait(HOUR);
    const before = walk.events.length;
    walk.take('responder1', steps.lead('lead1'), 'responder1:key-1');
    expect(walk.events.slice(before).map(({ body, by, commandId }) => [body.type, by, commandId])).toEqual([
      ['lead-named', 'responder1', 'responder1:key-1'],
      ['page-cancelled', 'tocsin', 'responder1:key-1'],
    ]);
    expect(walk.incident.answered.at(-1)).toEqual({
      commandId: 'responder1:key-1',
      version: walk.incident.version,
    });
  });
});
