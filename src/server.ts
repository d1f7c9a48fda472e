import { runEntry } from './entry.ts';
import { buildServer } from './wiring.ts';

await runEntry('tocsin-server', async (config, logger) => {
  const server = await buildServer(config, logger);
  await server.listen();
  let markStopped = (): void => {};
  const stopped = new Promise<void>((resolve) => (markStopped = resolve));
  return {
    stopped,
    async stop() {
      await server.close();
      markStopped();
    },
  };
});
