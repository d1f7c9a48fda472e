import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type ReplayHistoriesIterable, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { DECISIONS } from '../../src/workflows/messages.ts';
import { quietRuntime, workflowBundle } from '../support/workflow-world.ts';
import { everythingSaidIn, readCorpus, type Recorded } from './corpus.ts';
import { MARKER } from './paths.ts';

/**
 * How many events each path may cost. Recorded anew (`npm run histories`) it varies by a fifth with how
 * much falls together on a busy machine; a change that costs an event per step breaks it all the same.
 */
const BUDGETS: Readonly<Record<string, number>> = {
  'acknowledged-page': 35,
  'acknowledged-page-incident': 85,
  'answered-page-incident': 260,
  'begun-anew-from-the-record': 35,
  'breached-page-cancelled-by-the-reply': 60,
  'breached-reply': 240,
  'breached-warning-page-cancelled': 75,
  'chat-channel': 190,
  'chat-channel-by-hand': 125,
  'continued-as-new-first-run': 120,
  'continued-as-new-second-run': 40,
  'declined-then-handed-on-page': 70,
  'demoted-in-conference': 170,
  'dismissed-then-reopened': 60,
  'emergency-closed': 320,
  'escalation-at-a-persons-pace': 530,
  'escalation-closed': 320,
  'escalation-three-pages-ten-notes': 400,
  'every-other-step': 320,
  'exhausted-ladder': 250,
  'exhausted-ladder-page': 125,
  'expired-acknowledgement': 190,
  'expired-acknowledgement-first-ring': 35,
  'expired-acknowledgement-second-ring': 35,
  'handed-off-out-of-scope': 90,
  'handed-on-page': 35,
  'late-call': 75,
  'late-call-in-two-pages': 105,
  'law-enforcement-to-counsel': 85,
  'merged-source': 65,
  'merged-target-and-back': 85,
  'normal-handed-off': 160,
  'notices-released-and-taken-back': 260,
  'overdue-row': 260,
  'promoted-by-reassessment': 350,
  'record-ahead-of-the-history': 70,
  'reopened-from-the-fold': 35,
  relabelled: 80,
  'restarted-page': 35,
  'snoozed-page-rings-again': 35,
  'suspension-request-verified': 170,
  'unmerged-source': 55,
};

const corpus = readCorpus();

describe('the recorded histories', () => {
  let failures: ReadonlyMap<string, string>;
  beforeAll(async () => {
    quietRuntime();
    failures = await replay(corpus, await workflowBundle());
  });

  it('are one of every path, and no others', () => {
    expect(corpus.map(({ name }) => name)).toEqual(Object.keys(BUDGETS).toSorted());
  });

  it.each(corpus.map(({ name }) => name))('%s replays with the workflows as they are', (name) => {
    expect(failures.get(name)).toBeUndefined();
  });

  it.each(
    corpus.map(({ name, history }) => [name, history.events?.length ?? 0, BUDGETS[name] ?? 0] as const),
  )('%s costs %i events, of %i at most', (_name, events, budget) => {
    expect(events).toBeGreaterThan(0);
    expect(events).toBeLessThanOrEqual(budget);
  });

  it('show every decision as an update under its own name', () => {
    const updates = corpus.flatMap(({ history }) =>
      (history.events ?? []).flatMap(
        (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ?? [],
      ),
    );
    expect([...new Set(updates)].toSorted()).toEqual(Object.keys(DECISIONS).toSorted());
  });

  it('hold no word that anybody wrote', () => {
    const said = corpus.map(({ name, json }) => ({ name, text: everythingSaidIn(json) }));
    // The reader reads: identifiers and usernames are there.
    expect(said.every(({ text }) => text.includes('"incidentId":"INC-'))).toBe(true);
    expect(said.filter(({ text }) => text.toLowerCase().includes(MARKER)).map(({ name }) => name)).toEqual(
      [],
    );
  });
});

describe('a change of the workflows that nobody patched', () => {
  it('is refused by every one of them', async () => {
    quietRuntime();
    const altered = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./altered/index.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    const failures = await replay(corpus, altered);
    expect([...failures.keys()].toSorted()).toEqual(corpus.map(({ name }) => name));
    expect([...failures.values()].every((failure) => failure.includes('DeterminismViolation'))).toBe(true);
  });
});

/** What failed, by the history's name. */
async function replay(
  histories: readonly Recorded[],
  workflowBundleToTry: Awaited<ReturnType<typeof workflowBundle>>,
): Promise<ReadonlyMap<string, string>> {
  const asked: ReplayHistoriesIterable = histories.map(({ name, history }) => ({
    workflowId: name,
    history,
  }));
  const failures = new Map<string, string>();
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: workflowBundleToTry },
    asked,
  ))
    if (error !== undefined) failures.set(workflowId, `${error.name}: ${error.message}`);
  return failures;
}
