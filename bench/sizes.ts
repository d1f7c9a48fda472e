/** How much is measured. Ours and the floor always get the same. */
export interface Sizes {
  /** Of everything that is measured side by side: the two take turns, so that a noisy minute hits both. */
  readonly rounds: number;
  /** Reports per round. */
  readonly reports: number;
  /** Mails to us per round. */
  readonly mails: number;
  /** Of one notice; there is one a round. */
  readonly recipients: number;
  /** Calls per round, each with its first page. */
  readonly firstPages: number;
  /** Steps per round, one after the other. */
  readonly decisions: number;
  /** Pages per round, each due at an instant of its own. */
  readonly singleSteps: number;
  /** Steps that fall due in one instant. */
  readonly steps: readonly number[];
  /** How often a history is replayed in a round. */
  readonly replays: number;
  /** Starts of the whole stand. */
  readonly starts: number;
}

export const FULL: Sizes = {
  rounds: 3,
  reports: 200,
  mails: 100,
  recipients: 1000,
  firstPages: 20,
  decisions: 50,
  singleSteps: 10,
  steps: [100, 1000],
  replays: 30,
  starts: 3,
};

export const QUICK: Sizes = {
  rounds: 1,
  reports: 15,
  mails: 15,
  recipients: 50,
  firstPages: 3,
  decisions: 8,
  singleSteps: 2,
  steps: [10],
  replays: 3,
  starts: 1,
};
