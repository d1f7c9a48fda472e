import {
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { PageStep } from '../activities/page-step.ts';
import type { PageActivities } from '../activities/pages.ts';
import { ARMED, PAGE_ROWS } from './activity-options.ts';
import type { PageRun } from '../domain/page-run.ts';
import { pageEndedSignal, pageHurriedSignal } from './messages.ts';

/**
 * One call to a human: climbs its ladder until somebody acknowledges, the matter is over, or the rounds are.
 * Rungs, rounds and attempts are rows; a run that starts in the middle goes on from them.
 */
export async function page(input: PageRun): Promise<void> {
  const rows = proxyActivities<PageActivities>(PAGE_ROWS);
  let isOver = false;
  let isHurried = false;
  let climbing = new CancellationScope();
  // Signals: they cannot refuse. The one says that the row has ended, the other that its next step was brought forward.
  setHandler(pageEndedSignal, () => {
    isOver = true;
    climbing.cancel();
  });
  setHandler(pageHurriedSignal, () => {
    isHurried = true;
    climbing.cancel();
  });

  let step = await rows.openPage.executeWithOptions({ summary: `open ${input.pageId}` }, [input]);
  while (step !== null && !isOver) {
    if (isHurried) {
      isHurried = false;
      step = await rows.resumePage.executeWithOptions({ summary: 'declined: climb on' }, [input]);
      continue;
    }
    setCurrentDetails(describe(input, step));
    step = await climbUnlessCalledOff(step);
  }

  /** A scope can be cancelled once; each step has its own. One that was called off is still the next. */
  async function climbUnlessCalledOff(next: PageStep): Promise<PageStep | null> {
    climbing = new CancellationScope();
    try {
      return await climbing.run(() => climbWhenDue(input, next));
    } catch (error) {
      if (isCancellation(error)) return next;
      throw error;
    }
  }
}

async function climbWhenDue(input: PageRun, step: PageStep): Promise<PageStep | null> {
  const armed = proxyActivities<PageActivities>({ ...ARMED, taskQueue: input.armedTaskQueue });
  const untilArmedMs = step.dueAt - input.armAheadMs - Date.now();
  if (untilArmedMs > 0) {
    await condition(() => false, untilArmedMs, { summary: `${labelOf(step)} armed` });
  }
  return step.position === null
    ? armed.exhaustPage.executeWithOptions({ summary: 'ladder exhausted' }, [{ input, step }])
    : armed.climb.executeWithOptions({ summary: labelOf(step) }, [{ input, step }]);
}

function labelOf({ position }: PageStep): string {
  return position === null ? 'end of the ladder' : `round ${position.round}, rung ${position.rung}`;
}

function describe({ pageId, incidentId, reason, ladder }: PageRun, step: PageStep): string {
  return [
    `**${pageId}** for ${incidentId}: ${reason}`,
    '',
    `next: ${labelOf(step)} of ${ladder.rounds} × ${ladder.rungs.length}`,
    `due: ${new Date(step.dueAt).toISOString()}`,
  ].join('\n');
}
