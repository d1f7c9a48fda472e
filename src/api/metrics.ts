import type { FastifyInstance } from 'fastify';
import { Gauge, Histogram, Registry } from 'prom-client';
import { STAGES } from '../domain/vocabulary.ts';
import { readCounts, type RecordCounts } from '../persistence/counts.ts';
import type { ApiDependencies } from './dependencies.ts';

/** From a read of one row to the longest that anybody waits. */
const DURATION_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const PREFIX = 'tocsin_';

/** Measures each answer by its route, never by its path: identifiers of incidents stay out of the metrics. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: `${PREFIX}http_request_duration_seconds`,
    help: 'From the request’s head to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    durations.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
}

/** Everything there is to scrape: what this process measured, and what Postgres counts at this moment. */
export function createScrape(
  { db, now, logger, contactKinds }: ApiDependencies,
  registry: Registry,
): () => Promise<string> {
  const gauges = createGauges(registry, contactKinds);
  return async () => {
    try {
      const at = now();
      const counts = await readCounts(db, at);
      gauges.recordIsThere.set(1);
      gauges.show(counts, at);
      return `${await registry.metrics()}${latenessText(counts)}`;
    } catch (error) {
      // The process's own measures are worth most while the record is away.
      logger.warn({ code: codeOf(error) }, 'the record could not be counted');
      gauges.recordIsThere.set(0);
      return registry.metrics();
    }
  };
}

/** What becomes of a message; each is there from the beginning, so that a first one is seen to be one more. */
const OUTCOMES = [
  'accepted',
  'delivered',
  'refused',
  'unavailable',
  'withheld',
  'dropped',
  'waiting',
] as const;

function createGauges(registry: Registry, contactKinds: ApiDependencies['contactKinds']) {
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers: [registry] });
  const incidents = gauge('incidents', 'Incidents by stage.', ['stage']);
  const unfiled = gauge('inbox_unfiled', 'Facts that no workflow has taken up yet.');
  const oldest = gauge('inbox_oldest_unfiled_seconds', 'How long the oldest of them has waited.');
  const attempts = gauge('page_attempts', 'Messages of pages, by what became of them.', ['outcome']);
  const messages = gauge(
    'pager_messages',
    'Messages to our own people, of pages and others, by what became of them.',
    ['method', 'outcome'],
  );
  const recordIsThere = gauge('record_up', 'Whether Postgres answered this scrape.');
  return {
    recordIsThere,
    show(counts: RecordCounts, now: number): void {
      for (const stage of STAGES) incidents.set({ stage }, counts.incidentsByStage[stage] ?? 0);
      unfiled.set(counts.unfiledFacts);
      oldest.set(counts.oldestUnfiledAt === null ? 0 : Math.max(0, now - counts.oldestUnfiledAt) / 1000);
      const { sent, refused, unsent } = counts.pageAttempts;
      attempts.set({ outcome: 'sent' }, sent);
      attempts.set({ outcome: 'refused' }, refused);
      attempts.set({ outcome: 'unsent' }, unsent);
      messages.reset();
      for (const method of contactKinds) for (const outcome of OUTCOMES) messages.set({ method, outcome }, 0);
      for (const { method, outcome, count } of counts.pagerMessages) messages.set({ method, outcome }, count);
    },
  };
}

/** Written by hand, because the histogram is counted in the rows and not in this process. */
function latenessText({ pageAttempts: { lateness, sent } }: RecordCounts): string {
  const name = `${PREFIX}page_step_lateness_seconds`;
  return [
    `# HELP ${name} How long after its instant each message of a page left.`,
    `# TYPE ${name} histogram`,
    ...lateness.buckets.map(({ leSeconds, count }) => `${name}_bucket{le="${leSeconds}"} ${count}`),
    `${name}_bucket{le="+Inf"} ${sent}`,
    `${name}_sum ${lateness.sumSeconds}`,
    `${name}_count ${sent}`,
    '',
  ].join('\n');
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
