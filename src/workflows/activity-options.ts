import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/** Timeouts and retries of every kind of activity, each with its reason. */

/** A worker that dies is noticed soon: people wait for the answer of a step. */
export const RECORD: ActivityOptions = {
  startToCloseTimeout: '5s',
  // Without end: what the history knows must reach the record, however long Postgres is away.
  retry: {
    initialInterval: '100ms',
    backoffCoefficient: 2,
    maximumInterval: '2s',
    nonRetryableErrorTypes: ['record-conflict'],
  },
};

/** Mail and messages to other rooms: tried again until the far side has answered for good. */
export const OUTWARD: ActivityOptions = {
  startToCloseTimeout: '45s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/** To a whole audience: as long as that takes. A worker that dies in the middle is noticed by its silence. */
export const BATCH: ActivityOptions = {
  startToCloseTimeout: '6h',
  heartbeatTimeout: '2m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
};

/** Rows of a page. */
export const PAGE_ROWS: ActivityOptions = {
  startToCloseTimeout: '5s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '2s' },
};

/**
 * An armed step waits in its activity for its instant, then claims and sends. A dead worker costs at most the
 * heartbeat timeout; a cancelled step is not waited for, because the claim in Postgres is the fence.
 */
export const ARMED: ActivityOptions = {
  startToCloseTimeout: '2m',
  heartbeatTimeout: '5s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '2s' },
};

/** Goes on for an hour. A worker that died is noticed by its silence; the mailbox itself is waited for inside. */
export const WATCH: ActivityOptions = {
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
};

/** One look is enough: the next one comes within a minute. */
export const LOOK: ActivityOptions = {
  startToCloseTimeout: '45s',
  retry: { maximumAttempts: 2 },
};

/** The next one is a week away: it waits for whatever is. */
export const WEEKLY: ActivityOptions = {
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '2 days',
  retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '10m' },
};

/**
 * A chat provider that stays away for a day: the channel counts as withheld, or as left, and somebody may ask for one by
 * hand. One attempt may have a whole log to read.
 */
export const CHAT: ActivityOptions = {
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '1 day',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
};
