import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands before a server on loopback, and keeps every byte that is sent to it. */
export interface WireTap {
  /** That of the server, but for the port. */
  readonly url: string;
  /** One connection after the other. */
  sent(): Buffer;
  close(): Promise<void>;
}

export async function tapOf(url: string): Promise<WireTap> {
  const behind = new URL(url);
  const tapped = new URL(url);
  const kept: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(behind.port), behind.hostname);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => socket.destroy()));
    const sent: Buffer[] = [];
    kept.push(sent);
    near.on('data', (chunk) => sent.push(chunk));
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  tapped.port = String((server.address() as AddressInfo).port);
  return {
    url: tapped.href.replace(/\/$/, ''),
    sent: () => Buffer.concat(kept.flat()),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
