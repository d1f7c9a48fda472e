import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What lies between a process and its Postgres, and can fail as a network does. */
export interface Cable {
  /** The same database, by way of this cable. */
  readonly url: string;
  /** `cut`: every connection is lost and no new one is to be had. `silent`: nothing is heard any more, nor refused. */
  fail(how: 'cut' | 'silent'): void;
  heal(): void;
  close(): Promise<void>;
}

export async function layCable(postgresUrl: string): Promise<Cable> {
  const far = new URL(postgresUrl);
  const sockets = new Set<Socket>();
  let failure: 'cut' | 'silent' | undefined;
  const server = createServer((near) => {
    track(near);
    if (failure === 'cut') near.destroy();
    if (failure !== undefined) return;
    const onward = connect({ host: far.hostname, port: Number(far.port) });
    track(onward);
    near.on('close', () => onward.destroy());
    onward.on('close', () => near.destroy());
    near.on('data', (chunk) => failure === undefined && onward.write(chunk));
    onward.on('data', (chunk) => failure === undefined && near.write(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(postgresUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const dropAll = () => sockets.forEach((socket) => socket.destroy());

  return {
    url: url.href,
    fail(how) {
      failure = how;
      if (how === 'cut') dropAll();
    },
    heal() {
      // What was swallowed never comes: such a connection is of no use any more.
      if (failure === 'silent') dropAll();
      failure = undefined;
    },
    async close() {
      dropAll();
      server.close();
      await once(server, 'close');
    },
  };

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  }
}
