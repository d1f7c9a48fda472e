import {
  condition,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';

import type { FloorActivities, FloorPage } from './activities.ts';

/** The least that Temporal can do for each thing that ours does: no rules, no record, no cancelling. */

const { sendPage, writeStep } = proxyActivities<FloorActivities>({ startToCloseTimeout: '30s' });

/** An escalation step: a timer to its instant, then the activity that sends the mail. */
export async function step(page: FloorPage): Promise<void> {
  await sleep(Math.max(0, page.dueAt - Date.now()));
  await sendPage(page);
}

export const decideUpdate = defineUpdate<number, [string]>('decide');
export const endSignal = defineSignal('end');

/** A human step: the handler takes it and answers, the loop writes the row. */
export async function decisions(): Promise<void> {
  let taken = 0;
  let isOver = false;
  const unwritten: string[] = [];
  setHandler(decideUpdate, (id) => {
    unwritten.push(id);
    taken += 1;
    return taken;
  });
  setHandler(endSignal, () => {
    isOver = true;
  });
  while (!isOver) {
    await condition(() => unwritten.length > 0 || isOver);
    for (const id of unwritten.splice(0)) await writeStep(id);
  }
}

/** A history to be replayed, six events for each activity. */
export async function activities(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await writeStep(`history-${index}`);
}
