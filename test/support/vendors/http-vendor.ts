import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Arrival, Behaviour } from './vendor.ts';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** What a request is at this vendor: a message, a question about something else, or a mistake in words. */
export type Read =
  | {
      readonly arrival: Arrival;
      readonly reply: HttpReply;
      /** What else happens where it is not turned away. */
      readonly take?: () => void;
    }
  | { readonly reply: HttpReply }
  | string;

export interface HttpVendorOptions {
  readonly read: (request: HttpRequest) => Read;
  readonly refusal: HttpReply;
  readonly busy: HttpReply;
}

/** A server on loopback that speaks as a vendor does, and misbehaves as it is told. */
export async function startHttpVendor({ read, refusal, busy }: HttpVendorOptions) {
  const script: Behaviour[] = [];
  const arrived: Arrival[] = [];
  const problems: string[] = [];
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();

  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    void (async () => {
      const asked: HttpRequest = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: await text(request),
      };
      const found = read(asked);
      if (typeof found === 'string') {
        problems.push(`${asked.method} ${asked.path}: ${found}`);
        return reply(response, { status: 418, body: { error: found } });
      }
      if (!('arrival' in found)) return reply(response, found.reply);
      behave(script.shift() ?? 'accept', found, response);
    })();
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  function behave(behaviour: Behaviour, found: Exclude<Read, string>, response: ServerResponse): void {
    if ('arrival' in found && !TURNED_AWAY.has(behaviour)) {
      arrived.push(found.arrival);
      found.take?.();
    }
    switch (behaviour) {
      case 'accept':
        return reply(response, found.reply);
      case 'refuse':
        return reply(response, refusal);
      case 'wait':
        return reply(response, busy);
      case 'fail':
        return reply(response, { status: 500, body: { message: 'broken' } });
      case 'drop':
        response.socket?.destroy();
        return;
      case 'never':
        return;
      case 'huge':
        response.writeHead(found.reply.status);
        response.end(Buffer.alloc(10 * 1024 * 1024, 'x'));
        return;
      case 'trickle': {
        response.writeHead(found.reply.status);
        const timer = setInterval(() => response.write(' '), 50);
        timers.add(timer);
        return;
      }
      case 'garbage':
        response.writeHead(found.reply.status, { 'content-type': 'application/json' });
        response.end('{"sid": 1, "id": {}, "event_id": [], \u{0}');
        return;
      case 'redirect':
        response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` });
        response.end();
    }
  }

  const stop = async (): Promise<void> => {
    for (const timer of timers) clearInterval(timer);
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    script: (...behaviours: readonly Behaviour[]): void => void script.push(...behaviours),
    arrivals: (): Promise<readonly Arrival[]> => Promise.resolve([...arrived]),
    problems: (): readonly string[] => problems,
    stop,
    close: stop,
  };
}

const TURNED_AWAY: ReadonlySet<Behaviour> = new Set(['refuse', 'wait', 'fail', 'redirect']);

function reply(response: ServerResponse, { status, headers, body }: HttpReply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** An object from a body; undefined for what is none. */
export function objectIn(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
