import {
  ActivityFailure,
  ParentClosePolicy,
  proxyActivities,
  startChild,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { AudienceActivities } from '../activities/audiences.ts';
import type { ChannelActivities } from '../activities/channels.ts';
import type { OutwardActivities } from '../activities/outward.ts';
import type { EffectResult } from '../domain/commands.ts';
import type { Effect } from '../domain/effects.ts';
import type { IncidentEvent } from '../domain/events.ts';
import { ladderOf } from '../domain/ladder.ts';
import { BATCH, CHAT, OUTWARD } from './activity-options.ts';
import { armedQueueOf, pageWorkflowId, WORKFLOW_TASK_TIMEOUT, type IncidentInput } from './messages.ts';
import { page } from './page.ts';

const activities = proxyActivities<OutwardActivities>(OUTWARD);
const audiences = proxyActivities<AudienceActivities>(BATCH);
const channels = proxyActivities<ChannelActivities>(CHAT);

/** Performs what recorded events cause, each effect once at a time, and reports what became of it. */
export class Outward {
  readonly #input: IncidentInput;
  readonly #report: (result: EffectResult) => void;
  /** Never forgotten within a run: a step that was being recorded when an effect ended still names it afterwards. */
  readonly #begun = new Set<string>();
  readonly #underWay = new Set<string>();
  readonly #bookkeeping = new Set<string>();

  constructor(input: IncidentInput, report: (result: EffectResult) => void) {
    this.#input = input;
    this.#report = report;
  }

  /** Begins every effect that has not been begun. Only effects of recorded events may be given. */
  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (this.#begun.has(effect.key)) continue;
      this.#begun.add(effect.key);
      this.#underWay.add(effect.key);
      if (isBookkept(effect)) this.#bookkeeping.add(effect.key);
      void this.#run(effect);
    }
  }

  isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  /**
   * True for the end of an effect whose result is seen elsewhere (a page's own facts, the other incident). Such an
   * end is recorded along with the next event that matters, not by a step of its own.
   */
  isBookkeeping({ body }: IncidentEvent): boolean {
    return body.type === 'effect-ended' && body.outcome === 'accepted' && this.#bookkeeping.has(body.key);
  }

  async #run(effect: Effect): Promise<void> {
    const result = await this.#end(effect);
    this.#underWay.delete(effect.key);
    this.#report(result);
  }

  async #end(effect: Effect): Promise<EffectResult> {
    try {
      return await this.#do(effect);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      return { key: effect.key, outcome: 'refused', detail: 'failed', at: Date.now() };
    }
  }

  async #do(effect: Effect): Promise<EffectResult> {
    const { incidentId } = this.#input;
    const summary = effect.key;
    switch (effect.do) {
      case 'auto-reply':
        return activities.sendAutoReply.executeWithOptions({ summary }, [{ incidentId, effect }]);
      case 'reply':
        return activities.sendReply.executeWithOptions({ summary }, [{ incidentId, effect }]);
      case 'question':
        return activities.sendQuestion.executeWithOptions({ summary }, [{ incidentId, effect }]);
      case 'notify':
        return activities.sendNotice.executeWithOptions({ summary }, [{ incidentId, effect }]);
      case 'cancel-page':
        return activities.cancelPage.executeWithOptions({ summary }, [{ incidentId, effect }]);
      case 'move-reports':
        return activities.moveReports.executeWithOptions({ summary }, [{ incidentId, effect }]);
      case 'send-notice':
        return audiences.sendToAudience.executeWithOptions({ summary }, [{ incidentId, effect }]);
      case 'start-page':
        return this.#startPage(effect);
      case 'open-channel':
        return channels.openChannel.executeWithOptions({ summary }, [{ incidentId, effect }]);
      case 'tell-channel':
        return channels.tellChannel.executeWithOptions({ summary }, [{ incidentId, effect }]);
      case 'close-channel':
        return channels.closeChannel.executeWithOptions({ summary }, [{ incidentId, effect }]);
    }
  }

  async #startPage(effect: Extract<Effect, { readonly do: 'start-page' }>): Promise<EffectResult> {
    const { incidentId, rules } = this.#input;
    const { pageId, ring, reason, target, startsAt, noteTextId } = effect;
    try {
      await startChild(page, {
        workflowId: pageWorkflowId(pageId, ring),
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        // A page outlives the run that called it; its end is a fact or the incident's own cancellation.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${pageId} ${reason}`,
        args: [
          {
            incidentId,
            pageId,
            ring,
            reason,
            target,
            ladder: ladderOf(target, rules),
            startsAt,
            noteTextId,
            armAheadMs: rules.armAheadMs,
            armedTaskQueue: armedQueueOf(workflowInfo().taskQueue),
          },
        ],
      });
    } catch (error) {
      // It rings already: an earlier run of this incident started it.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    return { key: effect.key, outcome: 'accepted', detail: null, at: Date.now() };
  }
}

function isBookkept(effect: Effect): boolean {
  return BOOKKEPT.includes(effect.do);
}

const BOOKKEPT: readonly Effect['do'][] = ['start-page', 'cancel-page', 'move-reports', 'tell-channel'];
