import { describe, expect, test } from 'vitest';

import { incidentAt, steps } from '../../support/incidents.ts';

/** In response, TLP:AMBER since its assessment. */
const underWay = () => incidentAt('response');

describe('the label of an incident', () => {
  test.each(['responder1', 'legal1', 'lead1', 'sponsor1'])(
    'is raised by %s, who reads it whole',
    (username) => {
      const walk = underWay();
      expect(walk.incident.tlp).toBe('AMBER');
      expect(walk.take(username, steps.label('RED')).incident.tlp).toBe('RED');
    },
  );

  test.each(['ops1', 'owner1', 'auditor1', 'admin1'])('is not raised by %s', (username) => {
    expect(underWay().refusal(username, steps.label('RED'))).toMatchObject({ refused: 'not-yours' });
  });

  test.each(['lead1', 'sponsor1'])('is lowered by %s', (username) => {
    expect(underWay().take(username, steps.label('GREEN')).incident.tlp).toBe('GREEN');
  });

  test.each(['responder1', 'legal1', 'comms1'])(
    'is not lowered by %s, who is told whose it is',
    (username) => {
      expect(underWay().refusal(username, steps.label('GREEN'))).toMatchObject({
        refused: 'not-yours',
        detail: expect.stringContaining(
          'the lead, the Executive Sponsor and the communications representative',
        ),
        pointer: '/tlp',
      });
    },
  );

  test('is lowered by the communications representative of the incident', () => {
    const walk = underWay().take('lead1', steps.appoint('comms1', 'communications'));
    expect(walk.take('comms1', steps.label('CLEAR')).incident.tlp).toBe('CLEAR');
  });

  test('that it has already is refused', () => {
    expect(underWay().refusal('lead1', steps.label('AMBER'))).toMatchObject({ refused: 'already-done' });
  });

  test('may change after its end, since its words are still read', () => {
    const walk = incidentAt('closed').take('responder1', steps.label('RED'));
    expect(walk.incident).toMatchObject({ stage: 'closed', tlp: 'RED' });
  });
});

describe('the label of a line of the timeline', () => {
  const entry = { seq: 3, tlp: 'AMBER' } as const;

  test('changes without that of the incident', () => {
    const { incident } = underWay().take('responder1', steps.label('RED', { entry }));
    expect(incident).toMatchObject({ tlp: 'AMBER', entryLabels: { 3: 'RED' } });
  });

  test('is lowered by those who lower that of the incident', () => {
    const walk = underWay();
    expect(walk.refusal('responder1', steps.label('CLEAR', { entry })).refused).toBe('not-yours');
    expect(walk.take('lead1', steps.label('CLEAR', { entry })).incident.entryLabels).toEqual({ 3: 'CLEAR' });
  });
});
