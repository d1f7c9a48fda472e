import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/domain/readiness.ts';
import type { Rota, RotaLayer } from '../../../src/domain/rota.ts';
import type { Ladder, RungTarget } from '../../../src/domain/rules.ts';
import { type ReadinessFacts, readinessOf } from '../../../src/rotas/readiness.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 1, 2, 9);
const at = (days: number): number => NOW + days * DAY;

const person = (username: string, ...roles: ReadinessFacts['people'][number]['roles']) => ({
  username,
  roles,
});
const contact = (username: string, failedAt: number | null = null) => ({
  username,
  verifiedAt: NOW - DAY,
  failed: failedAt === null ? null : { at: failedAt },
});

function rota(key: string, members: readonly string[], said: Partial<RotaLayer & Rota> = {}): Rota {
  const layer = { name: 'weekly', members, handOver: 'FREQ=WEEKLY', startsAt: '2026-02-02T09:00' };
  return {
    ...{ key, title: key, timeZone: 'UTC', overrides: said.overrides ?? [] },
    layers: [{ ...layer, endsAt: null, hours: [], ...said }],
  };
}

const ladder = (...rungs: readonly (readonly RungTarget[])[]): Ladder => ({
  rungs: rungs.map((targets) => ({ targets, waitMs: 1000 })),
  rounds: 1,
});

/** Ann, Bob and Eve can each be reached in two ways; nothing is wrong. */
function findings(said: Partial<ReadinessFacts> = {}): readonly Finding[] {
  return readiness(said).findings;
}

function readiness(said: Partial<ReadinessFacts> = {}) {
  return readinessOf({
    people: [person('ann', 'csirt'), person('bob', 'csirt'), person('eve', 'executive')],
    contacts: ['ann', 'bob', 'eve'].map((username) => contact(username)),
    outcomes: [],
    rotas: [rota('nights', ['ann', 'bob'])],
    ladders: { triage: ladder([{ role: 'csirt' }], [{ person: 'eve' }]) },
    now: NOW,
    days: 14,
    ...said,
  });
}

describe('readiness', () => {
  test('finds nothing where everybody can be reached, and says when each is on call next', () => {
    expect(findings()).toEqual([]);
    expect(readiness().people).toEqual([
      { username: 'ann', onCallFrom: NOW, ways: { verified: 1, failed: 0, policy: true } },
      { username: 'bob', onCallFrom: at(7), ways: { verified: 1, failed: 0, policy: true } },
      { username: 'eve', onCallFrom: null, ways: { verified: 1, failed: 0, policy: true } },
    ]);
  });

  test('looks at nobody whom no rota and no ladder calls', () => {
    const people = [
      person('ann', 'csirt'),
      person('bob', 'csirt'),
      person('eve', 'executive'),
      person('joe'),
    ];
    expect(findings({ people })).toEqual([]);
  });
});

describe('somebody who is called', () => {
  test.each<[string, Partial<ReadinessFacts>, Partial<Finding>]>([
    [
      'is none of the people of the policy',
      { people: [person('ann', 'csirt'), person('eve', 'executive')] },
      { severity: 'cannot-be-reached', kind: 'unknown-person', who: 'bob', from: at(7) },
    ],
    [
      'has given no contact',
      { contacts: [contact('ann'), contact('bob')] },
      { severity: 'warning', kind: 'only-by-mail', who: 'eve', from: null },
    ],
    [
      'has contacts that all failed',
      { contacts: [contact('ann'), contact('bob', NOW), contact('eve')] },
      { severity: 'warning', kind: 'contacts-failed', who: 'bob' },
    ],
    [
      'has a mail address that refused the last message',
      { outcomes: [{ username: 'ann', wereTaken: [true], isMailRefused: true }] },
      { severity: 'warning', kind: 'mail-refused', who: 'ann' },
    ],
    [
      'has that and no contact',
      {
        contacts: [contact('ann'), contact('bob')],
        outcomes: [{ username: 'eve', wereTaken: [false], isMailRefused: true }],
      },
      { severity: 'cannot-be-reached', kind: 'unreachable', who: 'eve' },
    ],
    [
      'was sent three messages in vain',
      { outcomes: [{ username: 'ann', wereTaken: [false, false, false], isMailRefused: false }] },
      { severity: 'cannot-be-reached', kind: 'unreachable', who: 'ann', from: NOW },
    ],
  ])('and %s', (_, said, finding) => {
    expect(findings(said)).toContainEqual(expect.objectContaining(finding));
    expect(findings(said)[0]).toMatchObject(finding);
  });

  test('was sent two messages in vain, or one of three reached them: that happens', () => {
    for (const wereTaken of [[false, false], [false, false, true], []]) {
      expect(findings({ outcomes: [{ username: 'ann', wereTaken, isMailRefused: false }] })).toEqual([]);
    }
  });

  test('is not reached by a contact that is not verified', () => {
    const unverified = { ...contact('eve'), verifiedAt: null };
    expect(findings({ contacts: [contact('ann'), contact('bob'), unverified] })).toMatchObject([
      { kind: 'only-by-mail', who: 'eve' },
      { kind: 'one-way', who: 'eve' },
    ]);
  });
});

describe('a rota', () => {
  const ofRotas = (...rotas: readonly Rota[]) =>
    findings({ rotas, contacts: ['ann', 'bob', 'eve', 'joe'].map((one) => contact(one)) }).filter(
      ({ kind }) => kind !== 'unknown-person',
    );
  const override = (username: string, from: number, until: number) => ({
    ...{ id: `${username}-${from}`, from, until, username, instead: null, by: 'lead1' },
  });

  test('with a gap says when', () => {
    expect(ofRotas(rota('nights', ['ann', 'bob'], { endsAt: '2026-02-14T09:00' }))).toEqual([
      {
        ...{ severity: 'warning', kind: 'gap', who: null, rota: 'nights', ladder: null },
        ...{ what: 'Nobody is on call for nights.', from: at(12), until: at(14) },
      },
    ]);
  });

  test('with many gaps counts them', () => {
    const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
      weekday: weekday as 1,
      ...{ fromMinute: 0, toMinute: 1080 },
    }));
    expect(
      ofRotas(rota('days', ['ann', 'bob'], { hours })).filter(({ kind }) => kind === 'gap'),
    ).toMatchObject([
      {
        what: 'Nobody is on call for days at 14 times, 84 hours in all; the first is named.',
        ...{ from: NOW + 9 * 3_600_000, until: NOW + 15 * 3_600_000 },
      },
    ]);
  });

  test('of three whose hours are mostly one person’s is uneven', () => {
    const overrides = [override('ann', at(7), at(8))];
    expect(ofRotas(rota('nights', ['ann', 'bob', 'eve'], { overrides }))).toMatchObject([
      { kind: 'uneven', who: 'ann', what: 'ann has 57 % of the hours of nights, which has 3 members.' },
      { kind: 'long-turn', who: 'ann', from: NOW, until: at(8) },
    ]);
    expect(ofRotas(rota('nights', ['ann', 'bob', 'eve']))).toEqual([]);
  });

  test('with a turn of more than a week, begun before now, says from when', () => {
    const earlier = rota('nights', ['bob', 'ann'], { startsAt: '2026-01-30T09:00' });
    expect(ofRotas(earlier)).toEqual([]);
    const overrides = [override('bob', at(4), at(5))];
    expect(ofRotas({ ...earlier, overrides })).toMatchObject([
      { kind: 'long-turn', who: 'bob', from: at(-3), until: at(5) },
    ]);
  });

  test('of one member stands or falls with them', () => {
    expect(ofRotas(rota('nights', ['ann'])).map(({ kind, who }) => [kind, who])).toEqual([
      ['long-turn', 'ann'],
      ['one-member', 'ann'],
    ]);
  });

  test('and another that have the same person at one time are named', () => {
    const [one, other] = [rota('nights', ['ann', 'bob']), rota('days', ['joe', 'bob'])];
    expect(ofRotas(one, other)).toMatchObject([
      { kind: 'two-rotas', who: 'bob', rota: 'nights', from: at(7), until: at(14) },
    ]);
  });
});

describe('a ladder', () => {
  const ofLadder = (...rungs: readonly (readonly RungTarget[])[]) =>
    findings({ ladders: { triage: ladder(...rungs) } });

  test('that calls a role nobody holds says which', () => {
    expect(ofLadder([{ role: 'legal' }], [{ role: 'csirt' }])).toMatchObject([
      { severity: 'warning', kind: 'role-unheld', ladder: 'triage' },
    ]);
  });

  test('with a rung of one person with one way is warned of', () => {
    const ladders = { triage: ladder([{ role: 'csirt' }], [{ person: 'eve' }]) };
    expect(findings({ ladders, contacts: [contact('ann'), contact('bob')] })).toMatchObject([
      { kind: 'only-by-mail', who: 'eve' },
      { kind: 'one-way', who: 'eve', ladder: 'triage' },
    ]);
  });

  test('whose rungs all come to one person at some time says when', () => {
    expect(ofLadder([{ rota: 'nights' }], [{ person: 'bob' }, { role: 'lead' }])).toMatchObject([
      { severity: 'warning', kind: 'one-person', who: 'bob', from: at(7), until: at(14) },
    ]);
    expect(ofLadder([{ person: 'eve' }], [{ role: 'executive' }])).toMatchObject([
      { kind: 'one-person', who: 'eve', from: null, until: null },
    ]);
  });

  test('with nobody on it reaches nobody', () => {
    expect(ofLadder([{ role: 'legal' }])).toMatchObject([
      { severity: 'cannot-be-reached', kind: 'nobody', ladder: 'triage', from: null },
      { kind: 'role-unheld' },
    ]);
    const rotas = [rota('nights', ['ann', 'bob'], { endsAt: '2026-02-14T09:00' })];
    const ladders = { triage: ladder([{ rota: 'nights' }]) };
    expect(findings({ rotas, ladders })[0]).toMatchObject({ kind: 'nobody', from: at(12), until: at(14) });
  });
});
