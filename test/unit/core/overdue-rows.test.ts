import { describe, expect, test } from 'vitest';
import { DAY, HOUR, incidentAt, steps, type Walk } from '../../support/incidents.ts';

const CLOCK = 'action:engage-legal';
const { pageAfterMs, tellSponsorAfterMs } = { pageAfterMs: 4 * HOUR, tellSponsorAfterMs: DAY };

describe('a row that is overdue', () => {
  test('reminds its owner when its time is over', () => {
    const walk = incidentAt('response').wait(2 * HOUR - 1);
    expect(notices(walk)).not.toContainEqual(['reminder', { person: 'lead1' }]);
    walk.wait(1);
    expect(notices(walk)).toEqual([['reminder', { person: 'lead1' }]]);
    expect(walk.clock(CLOCK)).toMatchObject({ state: 'breached', stoppedAt: null });
  });

  test('pages its owner, then the ladder, when that does not help', () => {
    const walk = incidentAt('response').wait(2 * HOUR + pageAfterMs);
    const page = walk.pages('action-overdue').find(({ clock }) => clock?.name === CLOCK);
    expect(page).toMatchObject({
      state: 'ringing',
      startsAt: walk.now,
      target: { person: 'lead1', then: 'handling' },
    });
  });

  test('is told to the sponsor at last', () => {
    const walk = incidentAt('response').wait(2 * HOUR + tellSponsorAfterMs);
    expect(notices(walk)).toEqual([
      ['reminder', { person: 'lead1' }],
      ['sponsor-told', { role: 'executive' }],
    ]);
    expect(walk.clock(CLOCK).stepsTaken).toBe(3);
    const { events } = walk;
    const before = events.filter(({ body }) => body.type === 'clock-stepped' && body.clock === CLOCK).length;
    walk.wait(30 * DAY);
    expect(events.filter(({ body }) => body.type === 'clock-stepped' && body.clock === CLOCK)).toHaveLength(
      before,
    );
  });

  test('reminds and pages nobody any more once it is done', () => {
    const walk = incidentAt('response')
      .wait(2 * HOUR + pageAfterMs)
      .complete('engage-legal');
    const page = walk.pages('action-overdue').find(({ clock }) => clock?.name === CLOCK);
    expect(page).toMatchObject({ state: 'cancelled', cancelledBecause: CLOCK });
    expect(walk.clock(CLOCK)).toMatchObject({ state: 'breached', stoppedAt: walk.now, by: 'lead1' });
    walk.wait(2 * DAY);
    expect(notices(walk)).toEqual([['reminder', { person: 'lead1' }]]);
  });

  test('is the sponsor’s where the executive’s part is missing, and Legal’s where Legal’s is', () => {
    const walk = incidentAt('response')
      .complete('engage-legal')
      .wait(2 * DAY);
    expect(notices(walk, 'action:insurance-notice')[0]).toEqual(['reminder', { role: 'legal' }]);
    const engaged = incidentAt('response')
      .complete('convene-csirt')
      .complete('deliver-assessment')
      .take('lead1', steps.reassessInConference('escalation'))
      .wait(4 * HOUR);
    expect(notices(engaged, 'action:involve-others')).toEqual([['reminder', { role: 'executive' }]]);
    expect(notices(engaged, 'action:external-help')).toEqual([['reminder', { person: 'lead1' }]]);
  });

  test('is the executive’s as soon as the lead has said that help is needed', () => {
    const walk = incidentAt('response')
      .complete('convene-csirt')
      .complete('deliver-assessment')
      .take('lead1', steps.reassessInConference('escalation'))
      .take('lead1', steps.complete('external-help', { part: 'lead', facts: { needed: true } }))
      .wait(4 * HOUR);
    expect(notices(walk, 'action:external-help')).toEqual([['reminder', { role: 'executive' }]]);
  });

  test('pages once when all its instants were missed, and nothing of them is lost', () => {
    const walk = incidentAt('response').outage(3 * DAY);
    const taken = walk.of('clock-stepped').filter(({ clock }) => clock === CLOCK);
    expect(taken.map(({ step }) => step)).toEqual(['breached', 'paged', 'sponsor-told']);
    expect(walk.pages('action-overdue').filter(({ clock }) => clock?.name === CLOCK)).toHaveLength(1);
    expect(notices(walk)).toHaveLength(2);
  });

  test('pages anew when it is to be done again and is late again', () => {
    const walk = incidentAt('response')
      .wait(2 * HOUR + pageAfterMs)
      .complete('engage-legal');
    walk
      .take('lead1', steps.reassess('escalation', { again: ['engage-legal'] }))
      .wait(2 * HOUR + pageAfterMs);
    const pages = walk.pages('action-overdue').filter(({ clock }) => clock?.name === CLOCK);
    expect(pages.map(({ state }) => state)).toEqual(['cancelled', 'ringing']);
  });
});

function notices(walk: Walk, name = CLOCK): readonly (readonly [string, object])[] {
  return walk
    .effects('notify')
    .flatMap(({ notice, clock, to }) => (clock === name ? [[notice, to] as const] : []));
}
