// Run as a process of its own by sdk-download.ts, which ends it when the download site does not answer: the SDK's own
// download knows no time limit.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [server, downloadDir] = process.argv.slice(2);
if (downloadDir === undefined) throw new Error('usage: sdk-download-once.ts <server> <directory>');
const executable = { type: 'cached-download', downloadDir } as const;
const environment =
  server === 'time-skipping'
    ? await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } })
    : await TestWorkflowEnvironment.createLocal({ server: { executable } });
await environment.teardown();
