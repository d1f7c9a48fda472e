import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What waits outside for the heartbeat, on loopback. */
export interface DeadMansSwitch {
  readonly url: string;
  /** Every call so far: `POST /beat`, with what came along. */
  readonly calls: readonly { readonly line: string; readonly body: string }[];
  stop(): Promise<void>;
}

export async function startDeadMansSwitch(): Promise<DeadMansSwitch> {
  const calls: { readonly line: string; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      calls.push({ line: `${request.method} ${request.url}`, body });
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/beat`,
    calls,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
