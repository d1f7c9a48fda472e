/** More than this is nobody's report. Each bound cuts and says so, or makes the message unreadable, never the reader. */
export const LIMITS = {
  /** What common mail servers accept at most. */
  bytes: 25 * 1024 * 1024,
  headBytes: 256 * 1024,
  /** A message that crossed ten relays and a spam filter has about a hundred. */
  headers: 1000,
  headerLength: 8 * 1024,
  /** To and Cc of an invitation to all; more are counted by no rule. */
  addresses: 500,
  references: 100,
  receivedStamps: 100,
  /** Parts of all depths together, so that it bounds the depth as well. */
  parts: 500,
  textLength: 512 * 1024,
  /** Longer HTML is a document rather than a mail; turning it into text is what takes longest. */
  htmlLength: 2 * 1024 * 1024,
  /** Named by one delivery report. */
  recipients: 500,
  enclosed: 20,
  enclosedLength: 64 * 1024,
  filenameLength: 120,
} as const;

export interface ReaderLimits {
  /** For one message, once the thread runs. */
  readonly timeoutMs: number;
  /** The heap of the thread. A message at the limit of size needs about a third of it. */
  readonly heapMb: number;
}

export const READER_LIMITS: ReaderLimits = { timeoutMs: 10_000, heapMb: 384 };
