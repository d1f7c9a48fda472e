import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { PROCESS } from '../../../src/domain/actor.ts';
import type { Effect } from '../../../src/domain/effects.ts';
import type { JoinedReport } from '../../../src/domain/events.ts';
import type { Incident, Report } from '../../../src/domain/incident.ts';
import { HOUR, incidentAt, MINUTE, RECEIVED_AT, steps, type Walk } from '../../support/incidents.ts';

/**
 * Four incidents that people merge, take apart again and answer, while the word from one to the other arrives late and in
 * any order. What must not happen: a reporter to whom everybody believes that somebody else owes the reply.
 */

const IDS = ['INC-2026-0001', 'INC-2026-0002', 'INC-2026-0003', 'INC-2026-0004'] as const;
const RUNS = 300;

const moves = fc.array(fc.tuple(fc.nat(5), fc.nat(3), fc.nat(3), fc.nat(20)), {
  minLength: 5,
  maxLength: 40,
});

type Word = { readonly from: Walk; readonly effect: Extract<Effect, { readonly do: 'move-reports' }> };

describe('incidents that are merged and taken apart', () => {
  test('never lose a reply that is owed', () => {
    fc.assert(
      fc.property(moves, (path) => {
        const world = new World();
        for (const move of path) world.move(move);
        world.deliverAll();
        for (const id of IDS) world.owesOrAnswered(`report-of-${id}`);
      }),
      { numRuns: RUNS },
    );
  }, 60_000);
});

class World {
  readonly #walks = IDS.map((id) => incidentAt('received', { id, report: { reportId: `report-of-${id}` } }));
  readonly #delivered = new Set<string>();

  move([kind, a, b, c]: readonly [number, number, number, number]): void {
    const one = this.#walks[a] as Walk;
    const other = this.#walks[b] as Walk;
    if (kind <= 1) return this.#merge(one, other);
    if (kind === 2 && one.incident.stage === 'merged') one.take('responder1', steps.reopen());
    if (kind === 3) return this.#reply(one);
    if (kind === 4) this.#deliver(c);
    if (kind === 5) for (const walk of this.#walks) walk.wait(c * MINUTE);
  }

  deliverAll(): void {
    for (let words = this.#words(); words.length > 0; words = this.#words()) this.#deliver(0);
  }

  owesOrAnswered(reportId: string): void {
    const known = this.#walks.flatMap(({ incident }) => reportsOf(incident, reportId));
    const isAnswered = known.some(({ report }) => report.reply === 'sent');
    const isOwed = known.some(({ incident }) =>
      incident.clocks.some((clock) => clock.reportId === reportId && clock.stoppedAt === null),
    );
    assert.ok(isAnswered || isOwed, `somebody owes ${reportId} its reply`);
  }

  #merge(one: Walk, other: Walk): void {
    const isPossible = one !== other && one.incident.endedAt === null && other.incident.endedAt === null;
    if (!isPossible) return;
    one.take(
      'responder1',
      steps.merge({ into: other.incident.id, target: { isOpen: true, criticality: null } }),
    );
  }

  #reply(walk: Walk): void {
    const isOwed = walk.incident.clocks.some(({ name, stoppedAt }) => name === 'reply' && stoppedAt === null);
    if (isOwed) walk.take('responder1', steps.reply('phone'));
  }

  /** Words on their way, in no particular order. */
  #words(): readonly Word[] {
    return this.#walks.flatMap((from) =>
      from
        .effects('move-reports')
        .filter(({ key }) => !this.#delivered.has(key))
        .map((effect) => ({ from, effect })),
    );
  }

  /** As the activity does it: what moves is read where it is, and told where it goes. */
  #deliver(n: number): void {
    const words = this.#words();
    const word = words[n % Math.max(1, words.length)];
    if (word === undefined) return;
    const { from, effect } = word;
    this.#delivered.add(effect.key);
    const target = this.#walks.find(({ incident }) => incident.id === effect.target) as Walk;
    const holder = effect.direction === 'into' ? from : target;
    const reports = joined(holder.incident, effect.reportIds);
    if (effect.direction === 'into') {
      target.tell({ type: 'reports-joined', from: from.incident.id, reports }, told(effect.key));
    } else {
      const { reportIds } = effect;
      target.tell({ type: 'reports-left', to: from.incident.id, reportIds }, told(effect.key));
      from.tell({ type: 'reports-joined', from: target.incident.id, reports }, told(`${effect.key}:back`));
    }
    from.hear(effect, 'accepted');
  }
}

function told(factId: string) {
  return { factId, by: PROCESS, at: RECEIVED_AT + HOUR };
}

function joined(incident: Incident, reportIds: readonly string[]): readonly JoinedReport[] {
  return incident.reports.flatMap(({ id, channel, kind, receivedAt, enteredBy, reply, repliedAt }) =>
    reportIds.includes(id) ? [{ id, channel, kind, receivedAt, enteredBy, reply, repliedAt }] : [],
  );
}

function reportsOf(incident: Incident, reportId: string): readonly { incident: Incident; report: Report }[] {
  return incident.reports.filter(({ id }) => id === reportId).map((report) => ({ incident, report }));
}
