import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionVerb, Fact, Step } from '../../src/domain/commands.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { DECISIONS, factSignal, incidentWorkflowId } from '../../src/workflows/messages.ts';
import { policy, steps } from '../support/incidents.ts';
import { createDatabase, temporalAddress } from '../support/servers.ts';
import { incidentStatus, openWorld, type RealWorld, until } from '../support/workflow-world.ts';

/** Decisions and facts on a real Temporal: what is asked, refused, asked again, and asked by many at once. */
let world: RealWorld;
beforeAll(async () => {
  world = await openWorld({
    databaseUrl: await createDatabase(),
    temporalAddress: temporalAddress(),
    policy: policy('incommon'),
  });
});
afterAll(async () => {
  await world?.close();
});

/** One of each, for somebody whose step it is not, or at a time that is not its own. */
const REFUSED: Readonly<Record<DecisionVerb, readonly [by: string, step: Step]>> = {
  lead: ['responder1', steps.lead('lead1')],
  kind: ['responder1', steps.kind('incident')],
  reply: ['owner1', steps.reply('phone')],
  question: ['owner1', steps.question()],
  assessment: ['responder1', steps.assess('normal')],
  reassessment: ['lead1', steps.reassess('escalation')],
  'hand-off': ['lead1', steps.handOff('normal')],
  dismiss: ['legal1', steps.dismiss()],
  merge: ['responder1', steps.merge({ target: null })],
  reopen: ['responder1', steps.reopen()],
  complete: ['lead1', steps.complete('engage-legal')],
  correct: ['lead1', steps.correct('engage-legal')],
  waive: ['lead1', steps.waive('after-action-review')],
  designate: ['responder1', steps.designate('engage-legal', 'sme1')],
  'request-verification': ['responder1', steps.verify('confirmed')],
  suspensions: ['lead1', steps.suspend('verified-request')],
  'suspension-done': ['ops1', steps.suspensionDone()],
  'suspension-lift': ['lead1', steps.liftSuspension()],
  'suspension-lifted': ['ops1', steps.suspensionLifted()],
  consultations: ['owner1', steps.consult('sme1')],
  team: ['responder1', steps.appoint('sme1', 'sme')],
  'team-remove': ['lead1', steps.release('sme1')],
  pages: ['owner1', steps.callIn('sme1')],
  'page-restart': ['responder1', steps.restart('INC-2026-0001-P1')],
  'page-hand-on': ['responder1', steps.handOn('INC-2026-0001-P1', 'sme1')],
  'page-snooze': ['responder1', steps.snooze('INC-2026-0001-P1', 60_000)],
  label: ['responder1', steps.label('CLEAR')],
  close: ['lead1', steps.close()],
  'notice-draft': ['owner1', steps.draftNotice('csirt')],
  'notice-edit': ['lead1', { verb: 'notice-edit', n: 9, textId: 'text', tlp: null }],
  'notice-release': ['responder1', steps.releaseNotice(9)],
  'notice-discard': ['lead1', { verb: 'notice-discard', n: 9, textId: 'text' }],
  'notice-stop': ['lead1', { verb: 'notice-stop', n: 9, textId: 'text' }],
  'notice-correct': ['lead1', { verb: 'notice-correct', n: 9, textId: 'text', tlp: null }],
  'notice-withdraw': ['lead1', { verb: 'notice-withdraw', n: 9, textId: 'text', wordsTextId: null }],
  'notice-label': ['lead1', { verb: 'notice-label', n: 9, textId: 'text', tlp: 'RED' }],
  channel: ['owner1', steps.channel()],
};

describe('a decision that is refused', () => {
  it('leaves no trace in the history, whichever it is', async () => {
    const id = await triaged();
    await quiet(id);
    const before = await world.history(incidentWorkflowId(id));
    const { version } = await world.state(id);

    const refusals = await Promise.all(
      (Object.keys(DECISIONS) as DecisionVerb[]).map(async (verb) => {
        const [by, step] = REFUSED[verb];
        expect(step.verb).toBe(verb);
        const outcome = await world.ask(id, by, step);
        return [verb, isRefusal(outcome) ? 'refused' : 'taken'];
      }),
    );

    expect(refusals.filter(([, outcome]) => outcome === 'taken')).toEqual([]);
    const after = await world.history(incidentWorkflowId(id));
    expect(after.events?.length).toBe(before.events?.length);
    expect((await world.state(id)).version).toBe(version);
  });

  it('says why, in a word of the closed list, and may be asked again when the time has come', async () => {
    const id = await triaged();
    const commandId = `lead1:${world.newId()}`;
    const early = await world.ask(id, 'lead1', steps.complete('engage-legal'), { commandId });
    expect(early).toMatchObject({ refused: 'predecessor-missing', detail: expect.any(String) });

    await world.take(id, 'lead1', steps.assess('normal'));
    expect(await world.ask(id, 'lead1', steps.complete('engage-legal'), { commandId })).toEqual({
      version: (await world.state(id)).version,
    });
  });
});

describe('a decision that is taken', () => {
  it('is in the record when it is answered', async () => {
    const id = await triaged();
    const { version } = await world.take(id, 'lead1', steps.assess('escalation'));
    const state = await world.state(id);
    expect(state.version).toBeGreaterThanOrEqual(version);
    expect(state).toMatchObject({ criticality: 'escalation', stage: 'response' });
  });

  it('is taken once and answered alike, when it is asked a second time under the same id', async () => {
    const id = await triaged();
    const commandId = `lead1:${world.newId()}`;
    const first = await world.take(id, 'lead1', steps.assess('escalation'), { commandId });
    const again = await world.take(id, 'lead1', steps.assess('emergency'), { commandId });
    expect(again).toEqual(first);
    expect(await world.eventsOf(id, 'assessed')).toHaveLength(1);
    expect((await world.state(id)).criticality).toBe('escalation');
  });

  it('is taken once when the same is asked five times in one moment', async () => {
    const id = await triaged();
    const commandId = `lead1:${world.newId()}`;
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => world.take(id, 'lead1', steps.appoint('sme1', 'sme'), { commandId })),
    );
    expect(new Set(answers.map(({ version }) => version)).size).toBe(1);
    expect(await world.eventsOf(id, 'team-joined')).toHaveLength(1);
  });

  it('is answered also where the report has not been taken up yet', async () => {
    const id = await world.withoutRelay(async () => {
      const { incidentId } = await world.report();
      await world.take(incidentId, 'responder1', steps.lead('lead1'));
      return incidentId;
    });
    const types = (await world.events(id)).map(({ body }) => body.type);
    expect(types.slice(0, 2)).toEqual(['received', 'lead-named']);
    expect((await world.state(id)).clocks.find(({ name }) => name === 'lead')?.state).toBe('met');
  });
});

describe('40 decisions in one moment', () => {
  it('are each answered, and each in the record once', async () => {
    const id = await triaged();
    const asked = Array.from({ length: 40 }, (_, n) => `person${n}`);
    const answers = await Promise.all(
      asked.map((person) => world.ask(id, 'lead1', steps.appoint(person, 'internal'))),
    );

    expect(answers.filter(isRefusal)).toEqual([]);
    const joined = await world.eventsOf(id, 'team-joined');
    expect(joined.map(({ body }) => body.username).toSorted()).toEqual(asked.toSorted());
    const versions = answers.map((answer) => ('version' in answer ? answer.version : 0));
    expect(versions.toSorted(ascending)).toEqual(joined.map(({ seq }) => seq).toSorted(ascending));
    expect(await incidentStatus(world, id)).toBe('RUNNING');
  });

  it('that contradict each other have one winner: the others are refused, none is lost', async () => {
    const id = await reported();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        world.ask(id, 'responder1', steps.lead(n % 2 === 0 ? 'lead1' : 'responder2')),
      ),
    );
    expect(answers.filter((answer) => !isRefusal(answer))).toHaveLength(1);
    expect(await world.eventsOf(id, 'lead-named')).toHaveLength(1);
  });
});

describe('a fact', () => {
  it('is taken up once, however often its workflow is told of it', async () => {
    const id = await triaged();
    const factId = await world.note(id, 'lead1');
    const fact: Fact = {
      factId,
      by: 'lead1',
      at: Date.now(),
      fact: { type: 'note', kind: 'note', textId: world.newId(), tlp: 'AMBER', corrects: null },
    };
    const handle = world.client.workflow.getHandle(incidentWorkflowId(id));
    await Promise.all([1, 2, 3].map(() => handle.signal(factSignal, fact)));
    await until('the note is filed', async () => (await world.unfiled(id)) === 0);
    await handle.signal(factSignal, fact);
    // A decision after it: what was told before has been taken up.
    await world.take(id, 'lead1', steps.assess('normal'));
    expect((await world.eventsOf(id, 'noted')).map(({ commandId }) => commandId)).toEqual([factId]);
  });

  it('of an incident whose process is gone brings the process back', async () => {
    const id = await triaged();
    await world.client.workflow.getHandle(incidentWorkflowId(id)).terminate('a rehearsal of a loss');
    await world.note(id, 'lead1');
    await until('the note is filed', async () => (await world.unfiled(id)) === 0);
    expect(await incidentStatus(world, id)).toBe('RUNNING');
    await world.take(id, 'lead1', steps.assess('normal'));
    expect((await world.events(id)).map(({ seq }) => seq)).toEqual(
      (await world.events(id)).map((_, n) => n + 1),
    );
  });

  it('has its place among the others: forty told at once are taken up in the order they were told', async () => {
    const id = await triaged();
    const told = await noteTimes(id, 40);
    await until('all are filed', async () => (await world.unfiled(id)) === 0);
    expect((await world.eventsOf(id, 'noted')).map(({ commandId }) => commandId)).toEqual(told);
  });

  it('that waited with hundreds of others for a process is taken up once all the same', async () => {
    const id = await triaged();
    // More than a process remembers of what it has answered.
    const told = await world.withoutRelay(async () => {
      await world.client.workflow.getHandle(incidentWorkflowId(id)).terminate('a rehearsal of a loss');
      return noteTimes(id, 260);
    });
    await until('all are filed', async () => (await world.unfiled(id)) === 0);
    await world.take(id, 'lead1', steps.assess('normal'));
    expect((await world.eventsOf(id, 'noted')).map(({ commandId }) => commandId)).toEqual(told);
  });
});

describe('an incident that has ended', () => {
  it('takes a fact up in a run of its own, which then ends too', async () => {
    const id = await dismissed();
    const note = await world.note(id, 'lead1');
    await until('the note is filed', async () => (await world.unfiled(id)) === 0);
    expect((await world.eventsOf(id, 'noted')).map(({ commandId }) => commandId)).toEqual([note]);
    await until('it has ended again', async () => (await incidentStatus(world, id)) === 'COMPLETED');
    expect((await world.state(id)).stage).toBe('dismissed');
  });

  it('refuses a step in a run of its own, and is reopened by another', async () => {
    const id = await dismissed();
    const { version } = await world.state(id);
    expect(await world.ask(id, 'lead1', steps.assess('normal'))).toMatchObject({ refused: 'wrong-stage' });
    expect((await world.state(id)).version).toBe(version);
    await world.take(id, 'responder1', steps.reopen());
    await world.take(id, 'lead1', steps.assess('normal'));
    expect(await world.state(id)).toMatchObject({ stage: 'triage', criticality: 'normal', lead: 'lead1' });
  });
});

async function dismissed(): Promise<string> {
  const id = await triaged();
  await world.take(id, 'responder1', steps.dismiss());
  await until('it has ended', async () => (await incidentStatus(world, id)) === 'COMPLETED');
  return id;
}

async function noteTimes(id: string, times: number): Promise<readonly string[]> {
  const told: string[] = [];
  for (let n = 0; n < times; n += 1) told.push(await world.note(id, 'lead1', `note ${n}`));
  return told;
}

async function reported(): Promise<string> {
  const { incidentId } = await world.report();
  await until('the report is taken up', async () => (await world.state(incidentId)).version > 0);
  return incidentId;
}

async function triaged(): Promise<string> {
  const id = await reported();
  await world.take(id, 'responder1', steps.lead('lead1'));
  return id;
}

/** Until nothing is on its way: what the history gains from then on, it gains from what the test does. */
async function quiet(id: string): Promise<void> {
  const handle = world.client.workflow.getHandle(incidentWorkflowId(id));
  await until('the incident is quiet', async () => {
    const { raw } = await handle.describe();
    const isIdle = (raw.pendingActivities ?? []).length === 0 && raw.pendingWorkflowTask == null;
    return isIdle && (await world.state(id)).effects.length === 0;
  });
}

const ascending = (one: number, other: number): number => one - other;
