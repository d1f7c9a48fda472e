import { describe, expect, test } from 'vitest';
import type { OpenedRoom } from '../../../src/domain/incident-channel.ts';
import { incidentAt, normalIncident, rules, steps, type Walk } from '../../support/incidents.ts';

const CHANNELS = { rules: { ...rules(), channelFor: ['escalation', 'emergency'] as const } };

const ROOM: OpenedRoom = {
  ...{ provider: 'matrix', room: '!r1:stand.example', name: '#inc-2026-0001:stand.example' },
  ...{ url: 'https://matrix.to/#/%23inc-2026-0001', missing: [] },
};

const assessed = (tlp: 'GREEN' | 'AMBER' = 'GREEN') =>
  incidentAt('triage', CHANNELS).take('lead1', steps.assess('escalation', { tlp }));

const opened = (walk: Walk = assessed()) =>
  walk.hear(walk.effect('open-channel'), 'accepted', null, { room: ROOM });

describe('a chat channel', () => {
  test('is opened when the incident enters the response, open to the organization', () => {
    const walk = assessed();
    expect(walk.effects('open-channel')).toEqual([
      { do: 'open-channel', key: 'INC-2026-0001:channel:1', n: 1, isPrivate: false },
    ]);
    opened(walk);
    expect(walk.effects('open-channel')).toEqual([]);
    expect(walk.incident.channel).toMatchObject({ state: 'open', n: 1, isPrivate: false });
    expect(walk.incident.channel?.room).toMatchObject({ name: ROOM.name, url: ROOM.url });
    expect(walk.of('channel-opened')).toEqual([{ type: 'channel-opened', n: 1, isPrivate: false, ...ROOM }]);
  });

  test.each(['AMBER', 'AMBER+STRICT', 'RED'] as const)(
    'of a label of %s is for those who are invited',
    (tlp) => {
      const walk = incidentAt('triage', CHANNELS).take('lead1', steps.assess('emergency', { tlp }));
      expect(walk.effect('open-channel').isPrivate).toBe(true);
    },
  );

  test('is not opened for a criticality that the policy does not name, nor where it names none', () => {
    expect(normalIncident(CHANNELS).incident.channel).toBeUndefined();
    expect(incidentAt('response').incident.channel).toBeUndefined();
  });

  test('is opened when a re-assessment brings the incident up', () => {
    const walk = normalIncident(CHANNELS).take('lead1', steps.reassess('escalation', { tlp: 'CLEAR' }));
    expect(walk.effect('open-channel').isPrivate).toBe(false);
  });

  test('that the label forbids is closed, and those who have to know get one of their own', () => {
    const walk = opened().take('lead1', steps.reassess('escalation', { tlp: 'AMBER' }));
    expect(walk.incident.channel?.state).toBe('closing');
    walk.hear(walk.effect('close-channel'), 'accepted');
    expect(walk.of('channel-closed')).toEqual([
      { type: 'channel-closed', n: 1, because: 'label', isArchived: true },
    ]);
    expect(walk.effect('open-channel')).toMatchObject({
      key: 'INC-2026-0001:channel:2',
      n: 2,
      isPrivate: true,
    });
  });

  test('whose label is raised while it is being opened is closed as soon as it is open', () => {
    const walk = assessed().take('lead1', steps.reassess('escalation', { tlp: 'RED' }));
    expect(walk.effects('close-channel')).toEqual([]);
    opened(walk);
    expect(walk.effect('close-channel').because).toBe('label');
  });

  test('stays by invitation when the label is lowered', () => {
    const walk = opened(assessed('AMBER')).take('lead1', steps.reassess('escalation', { tlp: 'GREEN' }));
    expect(walk.incident.channel).toMatchObject({ state: 'open', isPrivate: true });
  });

  test('that the provider could not give is said, and not asked for again and again', () => {
    const walk = assessed('AMBER');
    walk.hear(walk.effect('open-channel'), 'withheld', 'label');
    expect(walk.of('channel-withheld')).toEqual([{ type: 'channel-withheld', n: 1, because: 'label' }]);
    walk.take('lead1', steps.appoint('sme1', 'sme'));
    expect(walk.effects('open-channel')).toEqual([]);
    // Now it may be open to the organization, and is.
    walk.take('lead1', steps.reassess('escalation', { tlp: 'GREEN' }));
    expect(walk.effect('open-channel')).toMatchObject({ n: 2, isPrivate: false });
  });

  test('hears where the incident stands, and of nothing else', () => {
    const walk = opened();
    walk.take('lead1', steps.consult('sme1'));
    expect(walk.effects('tell-channel')).toEqual([]);
    walk.take('lead1', steps.reassess('emergency', { tlp: 'GREEN' }));
    expect(walk.effect('tell-channel').news).toEqual({
      stage: 'response',
      criticality: 'emergency',
      lead: 'lead1',
    });
    walk.hear(walk.effect('tell-channel'), 'accepted');
    walk.take('lead1', steps.appoint('sme1', 'sme'));
    expect(walk.effects('tell-channel')).toHaveLength(1);
  });

  test('is closed with the incident, and opened anew when that is reopened', () => {
    const walk = opened(incidentAt('received', CHANNELS).take('responder1', steps.channel()));
    walk.take('responder1', steps.dismiss());
    expect(walk.effect('close-channel').because).toBe('dismissed');
    walk.hear(walk.effect('close-channel'), 'refused', 'M_FORBIDDEN');
    expect(walk.incident.channel).toMatchObject({ state: 'closed', because: 'dismissed' });
    expect(walk.of('channel-closed')[0]?.isArchived).toBe(false);
    walk.take('responder1', steps.reopen());
    // It has no criticality yet: whoever wants one asks for it.
    expect(walk.effects('open-channel')).toEqual([]);
    expect(walk.take('responder1', steps.channel()).effect('open-channel').n).toBe(2);
  });

  test('is opened by hand where the policy opens none, once', () => {
    const walk = incidentAt('triage').take('responder1', steps.channel());
    expect(walk.effect('open-channel')).toMatchObject({ n: 1, isPrivate: true });
    expect(walk.refusal('lead1', steps.channel()).refused).toBe('already-done');
    opened(walk);
    expect(walk.refusal('responder1', steps.channel()).refused).toBe('already-done');
    expect(walk.refusal('owner1', steps.channel()).refused).toBe('not-yours');
    expect(incidentAt('dismissed').refusal('responder1', steps.channel()).refused).toBe('wrong-stage');
  });
});
