import { fileURLToPath } from 'node:url';

import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import pg from 'pg';

import { createSmtpMailer } from '../../src/adapters/mail-smtp.ts';
import { serveParent } from '../child.ts';
import { floorPolicy } from '../policy.ts';
import { createFloorActivities } from './activities.ts';
import { createMailWriting } from '../../src/mail/writing.ts';

/** A worker as the SDK makes it, with nothing set. */
serveParent(async ({ databaseUrl, smtpUrl, temporal, taskQueue }) => {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const policy = await floorPolicy();
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: temporal }),
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    activities: createFloorActivities({
      pool: new pg.Pool({ connectionString: databaseUrl }),
      mailer: createSmtpMailer({
        smtpUrl,
        write: createMailWriting({
          from: 'Floor <floor@bench.example>',
          loop: 'floor',
          now: () => Date.now(),
        }),
      }),
      policy,
    }),
  });
  worker.run().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
  return {};
});
