import { availableParallelism } from 'node:os';

import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** One Postgres and one Temporal for all layers that need a world, see test/support/servers.ts. */
const SERVERS = './dev/test-servers.ts';

const SECOND_MS = 1000;

/**
 * A file with a stand of its own mostly waits: for an outage to last, for a page to climb. Two of them fill two cores;
 * with more, those that measure how long somebody waits for an answer would measure the machine.
 */
const STANDS_AT_ONCE = 2;

/** What only calculates takes every core; vitest would leave one free, which of two is half. */
const CORES = availableParallelism();

interface Layer {
  readonly name: string;
  readonly include: readonly string[];
  /** The layers run one after the other, the quick ones first. */
  readonly order: number;
  readonly needsServers: boolean;
  /** Files at a time; absent means as many as vitest thinks fit for the machine. */
  readonly workers?: number;
  readonly timeoutMs: number;
}

const layers: readonly Layer[] = [
  {
    name: 'unit',
    include: ['test/unit/**/*.test.ts'],
    order: 0,
    needsServers: false,
    workers: CORES,
    // Property tests work for seconds, and for many more beside something else.
    timeoutMs: 60 * SECOND_MS,
  },
  {
    name: 'architecture',
    include: ['test/*.test.ts'],
    order: 0,
    needsServers: false,
    workers: CORES,
    timeoutMs: 60 * SECOND_MS,
  },
  {
    name: 'replay',
    include: ['test/replay/**/*.test.ts'],
    order: 1,
    needsServers: false,
    timeoutMs: 60 * SECOND_MS,
  },
  {
    name: 'workflow',
    include: ['test/workflow/**/*.test.ts'],
    order: 2,
    needsServers: true,
    timeoutMs: 60 * SECOND_MS,
  },
  {
    name: 'integration',
    include: ['test/integration/**/*.test.ts'],
    order: 3,
    needsServers: true,
    timeoutMs: 30 * SECOND_MS,
  },
  {
    name: 'e2e',
    include: ['test/e2e/**/*.test.ts'],
    order: 4,
    needsServers: true,
    workers: STANDS_AT_ONCE,
    timeoutMs: 60 * SECOND_MS,
  },
  {
    name: 'faults',
    include: ['test/faults/**/*.test.ts'],
    order: 5,
    needsServers: true,
    workers: STANDS_AT_ONCE,
    timeoutMs: 180 * SECOND_MS,
  },
];

export default defineConfig({
  test: {
    // The SDK's native runtime and its workers are one per process, and workflow bundles are large.
    pool: 'forks',
    projects: layers.map(projectOf),
  },
});

function projectOf(layer: Layer): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name: layer.name,
      include: [...layer.include],
      sequence: { groupOrder: layer.order },
      testTimeout: layer.timeoutMs,
      // A hook may bring up a whole stand on a busy machine.
      hookTimeout: Math.max(layer.timeoutMs, 60 * SECOND_MS),
      teardownTimeout: 30 * SECOND_MS,
      env: { TZ: 'UTC' },
      ...(layer.needsServers && { globalSetup: [SERVERS] }),
      ...(layer.workers !== undefined && { maxWorkers: layer.workers }),
    },
  };
}
