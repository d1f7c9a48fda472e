import { Registry } from 'prom-client';
import { z } from 'zod';
import { addCall, NO_SUBJECT } from '../call.ts';
import { createScrape } from '../metrics.ts';
import type { Office } from './deciding.ts';

const HealthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

const PartState = z.object({
  state: z.enum(['ready', 'away']),
  detail: z.string().nullable().meta({ description: 'What is not as it should be, in a few words.' }),
});

const ReadinessSchema = z
  .object({
    status: z.enum(['ready', 'away']),
    postgres: PartState,
    temporal: PartState,
    worker: PartState,
  })
  .meta({ id: 'Readiness' });

type ReadinessView = z.infer<typeof ReadinessSchema>;

/** For whoever runs the system. */
export function addHealth(office: Office, registry: Registry): void {
  addAlive(office);
  addReady(office);
  addMetrics(office, registry);
}

function addAlive({ app, dependencies }: Office): void {
  addCall(app, dependencies, {
    verb: 'health',
    method: 'GET',
    url: '/healthz',
    tag: 'Operations',
    summary: 'This process is alive',
    answer: { status: 200, schema: HealthSchema, description: 'It answers.' },
    subject: async () => NO_SUBJECT,
    handle: async () => ({ status: 'ok' as const }),
  });
}

function addReady({ app, dependencies: { readiness, ...dependencies } }: Office): void {
  addCall(
    app,
    { readiness, ...dependencies },
    {
      verb: 'ready',
      method: 'GET',
      url: '/readyz',
      tag: 'Operations',
      summary: 'Postgres, Temporal and a worker, each with its state',
      answer: {
        status: 200,
        schema: ReadinessSchema,
        description: 'All are ready.',
        orElse: { status: 503, description: 'Not all are ready. Facts are taken as long as Postgres is.' },
      },
      subject: async () => NO_SUBJECT,
      async handle({ reply }) {
        const [postgres, temporal, worker] = await Promise.all([
          partOf(readiness.postgres()),
          partOf(readiness.temporal()),
          partOf(readiness.worker()),
        ]);
        const isReady = [postgres, temporal, worker].every(({ state }) => state === 'ready');
        if (!isReady) void reply.status(503);
        return { status: isReady ? 'ready' : 'away', postgres, temporal, worker } satisfies ReadinessView;
      },
    },
  );
}

async function partOf(asked: Promise<string | null>): Promise<ReadinessView['postgres']> {
  const detail = await asked;
  return { state: detail === null ? 'ready' : 'away', detail };
}

function addMetrics({ app, dependencies }: Office, registry: Registry): void {
  const scrape = createScrape(dependencies, registry);
  addCall(app, dependencies, {
    verb: 'metrics',
    method: 'GET',
    url: '/metrics',
    tag: 'Operations',
    summary: 'Measures, as Prometheus reads them',
    answer: {
      status: 200,
      schema: z.never(),
      description: 'Text exposition format.',
      onlyAs: 'text/plain',
    },
    subject: async () => NO_SUBJECT,
    async handle({ reply }) {
      void reply.type(registry.contentType);
      return scrape();
    },
  });
}
