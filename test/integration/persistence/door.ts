import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** An address that stays the same while what is behind it comes, goes and comes back elsewhere. */
export interface Door {
  /** The same URL, by way of the door. */
  urlFor(url: string): string;
  /** From now on nobody listens, and whoever was connected is cut off. */
  shut(): Promise<void>;
  openTo(url: string): Promise<void>;
}

export async function makeDoor(url: string): Promise<Door> {
  const sockets = new Set<Socket>();
  let behind = 0;
  let server: Server | undefined;
  let port = 0;

  async function openTo(target: string): Promise<void> {
    behind = Number(new URL(target).port);
    server = createServer((near) => {
      const far = connect(behind, '127.0.0.1');
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.once('close', () => sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  await openTo(url);
  return {
    openTo,
    urlFor(target) {
      const through = new URL(target);
      through.port = String(port);
      return through.href;
    },
    async shut() {
      const closed = new Promise<void>((resolve) => server?.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
