import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress, type EgressOptions } from '../../src/egress.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe('the way out', () => {
  it('hands over what it was given, and answers with what came', async () => {
    const seen: IncomingMessage[] = [];
    const server = await httpServer((request, response) => {
      seen.push(request);
      request.resume().on('end', () => response.writeHead(201, { 'retry-after': '3' }).end('Grüße'));
    });
    const answer = await egressTo().request({
      method: 'PUT',
      url: `${server.url}/a/b?c=d#e`,
      headers: { 'x-kept': 'yes' },
      body: '{}',
      guard: 'own',
    });
    expect(answer).toEqual({
      outcome: 'answered',
      status: 201,
      body: 'Grüße',
      isCutOff: false,
      retryAfterMs: 3_000,
    });
    expect(seen.map(({ method, url, headers }) => [method, url, headers['x-kept'], headers.host])).toEqual([
      ['PUT', '/a/b?c=d', 'yes', server.host],
    ]);
  });

  it('does not ask a second time when the connection drops', async () => {
    let requests = 0;
    const server = await httpServer((request) => {
      requests += 1;
      request.socket.destroy();
    });
    for (const method of ['GET', 'PUT', 'POST'] as const) {
      const answer = await egressTo().request({ method, url: server.url, guard: 'own' });
      expect(answer).toEqual({ outcome: 'failed', code: 'dropped' });
    }
    expect(requests).toBe(3);
  });

  it('takes the first of two answers', async () => {
    const answer = (status: string): string => `HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`;
    const port = await tcpServer((socket) =>
      socket.once('data', () => socket.write(answer('202 Accepted') + answer('410 Gone'))),
    );
    const call = { method: 'POST', url: `http://127.0.0.1:${port}/`, guard: 'own' } as const;
    expect(await egressTo().request(call)).toMatchObject({ outcome: 'answered', status: 202 });
  });

  it('says that nobody is there', async () => {
    const server = await httpServer((_request, response) => response.end());
    await server.close();
    const answer = await egressTo().request({ method: 'GET', url: server.url, guard: 'own' });
    expect(answer).toEqual({ outcome: 'failed', code: 'unreachable' });
  });

  it('says that what came is not HTTP', async () => {
    const port = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const answer = await egressTo().request({
      method: 'GET',
      url: `http://127.0.0.1:${port}/`,
      guard: 'own',
    });
    expect(answer).toEqual({ outcome: 'failed', code: 'protocol' });
  });

  it.each(['given', 'own'] as const)('follows no redirect of a URL that is %s', async (guard) => {
    const asked: (string | undefined)[] = [];
    const server = await httpServer((request, response) => {
      asked.push(request.url);
      const location = asked.length % 2 === 0 ? '/there' : 'http://169.254.169.254/latest/meta-data/';
      response.writeHead(asked.length > 2 ? 307 : 302, { location }).end();
    });
    const egress = egressTo({ allowHosts: [server.host] });
    for (let times = 1; times <= 4; times += 1) {
      const answer = await egress.request({ method: 'POST', url: server.url, guard });
      expect(answer).toEqual({ outcome: 'forbidden', code: 'redirect' });
    }
    expect(asked).toEqual(['/', '/', '/', '/']);
  });
});

describe('a far side without end', () => {
  it('is read no further than the bound', async () => {
    let written = 0;
    const server = await httpServer((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length;
      };
      response.on('drain', write).on('error', () => undefined);
      write();
    });
    const egress = egressTo({ answerBytesMax: 1_000, timeoutMs: 10_000 });
    const answer = await egress.request({ method: 'GET', url: server.url, guard: 'own' });
    expect(answer).toMatchObject({ outcome: 'answered', status: 200, isCutOff: true });
    expect(answer.outcome === 'answered' && answer.body).toBe('x'.repeat(1_000));
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it.each([
    ['says nothing', () => undefined],
    ['lets its headers trickle', trickle('HTTP/1.1 200 OK\r\n', 'x: y\r\n')],
    [
      'announces more headers than anybody needs',
      trickle('HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(4_000)}\r\n`),
    ],
    ['thinks aloud', trickle('', 'HTTP/1.1 102 Processing\r\n\r\n')],
  ] as const)('that %s is not waited for', async (_what, behave) => {
    const port = await tcpServer(behave);
    const began = Date.now();
    const answer = await egressTo().request({
      method: 'POST',
      url: `http://127.0.0.1:${port}/`,
      guard: 'own',
    });
    expect(answer.outcome).toBe('failed');
    expect(Date.now() - began).toBeLessThan(8_000);
  });

  it('that lets its answer trickle has answered: what came in time counts', async () => {
    const port = await tcpServer(trickle('HTTP/1.1 202 Accepted\r\n\r\n', 'x'));
    const answer = await egressTo().request({
      method: 'POST',
      url: `http://127.0.0.1:${port}/`,
      guard: 'own',
    });
    expect(answer).toMatchObject({ outcome: 'answered', status: 202, isCutOff: true });
  });

  it('is not waited for when it is the resolver', async () => {
    const egress = egressTo({ resolve: () => new Promise(() => undefined) });
    const answer = await egress.request({ method: 'GET', url: 'https://slow.example/', guard: 'given' });
    expect(answer).toEqual({ outcome: 'failed', code: 'timeout' });
  });
});

describe('a name', () => {
  it('is resolved once, and the connection goes to what was resolved', async () => {
    const hosts: (string | undefined)[] = [];
    const server = await httpServer((request, response) => {
      hosts.push(request.headers.host);
      response.end();
    });
    const { port } = new URL(server.url);
    const resolver = rebinding(['127.0.0.1', '127.0.0.2', '169.254.169.254']);
    const egress = egressTo({ allowHosts: ['hooks.example'], resolve: resolver.resolve });
    const url = `http://hooks.example:${port}/`;
    expect(await egress.request({ method: 'GET', url, guard: 'given' })).toMatchObject({ status: 200 });
    expect(resolver.asked).toEqual(['hooks.example']);
    expect(hosts).toEqual([`hooks.example:${port}`]);
  });

  it('that is public when it is judged is not private when it is visited', async () => {
    let connections = 0;
    const port = await tcpServer(() => {
      connections += 1;
    });
    // In the block of public addresses, and given to nobody.
    const resolver = rebinding(['2fff:ffff::1', '127.0.0.1']);
    const egress = egressTo({ resolve: resolver.resolve });
    const url = `https://rebinding.example:${port}/`;
    expect((await egress.request({ method: 'GET', url, guard: 'given' })).outcome).toBe('failed');
    expect(resolver.asked).toHaveLength(1);
    expect(await egress.request({ method: 'GET', url, guard: 'given' })).toEqual({
      outcome: 'forbidden',
      code: 'address',
    });
    expect(connections).toBe(0);
  });

  it('is the one that the certificate has to be for', async () => {
    const names: string[] = [];
    const server = createTlsServer({
      SNICallback: (name, callback) => {
        names.push(name);
        callback(new Error('no certificate here'));
      },
    });
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const egress = egressTo({
      allowHosts: ['hooks.example'],
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });
    const url = `https://hooks.example:${port}/`;
    const answer = await egress.request({ method: 'GET', url, guard: 'given' });
    expect(answer.outcome).toBe('failed');
    expect(names).toEqual(['hooks.example']);
  });
});

function egressTo(options: Partial<EgressOptions> = {}) {
  return createEgress({ allowHosts: [], timeoutMs: 1_000, ...options });
}

/** A zone that changes its mind with every question. */
function rebinding(answers: readonly string[]) {
  const asked: string[] = [];
  return {
    asked,
    resolve: (host: string) => {
      asked.push(host);
      const address = answers[asked.length - 1] ?? '';
      return Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]);
    },
  };
}

function trickle(beginning: string, more: string) {
  return (socket: Socket): void => {
    socket.write(beginning);
    const timer = setInterval(() => socket.write(more), 50);
    socket.on('close', () => clearInterval(timer));
  };
}

async function httpServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  closing.push(close);
  return { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, close };
}

async function tcpServer(behave: (socket: Socket) => unknown): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    behave(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
