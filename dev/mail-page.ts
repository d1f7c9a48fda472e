import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import type { MailFaults } from './mail-faults.ts';
import { parseFault } from './mail-fault-request.ts';
import { listPage, mailPage, missingPage, STYLE } from './mail-html.ts';
import type { MailStore } from './mail-store.ts';
import { choosePort, LOOPBACK } from './port.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const LARGEST_REQUEST_CHARACTERS = 10_000;

/**
 * The page to read the mail, and the same for programs:
 * `GET /` · `GET /mails/{id}` · `GET /mails/{id}/raw` · `GET`, `DELETE /api/mails` · `GET`, `POST`, `DELETE /api/faults`.
 */
export async function startMailPage({
  store,
  faults,
  preferredPort,
  smtpUrl,
}: {
  readonly store: MailStore;
  readonly faults: MailFaults;
  readonly preferredPort: number;
  readonly smtpUrl: string;
}): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request).then(
      (result) => send(response, result),
      (error: unknown) =>
        send(response, json(400, { error: error instanceof Error ? error.message : 'malformed' })),
    );
  });

  async function answer(request: IncomingMessage): Promise<Answer> {
    // A page elsewhere could point a name of its own at this address, and read the mail through the visitor's browser.
    if (!isLocalName(request.headers.host)) return json(403, { error: `ask for ${LOOPBACK} or localhost` });
    const path = new URL(request.url ?? '/', 'http://stand.example').pathname;
    const call = `${request.method} ${path}`;
    if (call === 'GET /') return html(200, listPage(store.all(), smtpUrl));
    if (call === 'GET /style.css') return { status: 200, type: 'text/css', body: STYLE };
    if (call === 'GET /api/mails') return json(200, store.all());
    if (call === 'DELETE /api/mails') {
      store.clear();
      return json(200, []);
    }
    if (call === 'GET /api/faults') return json(200, faults.active());
    if (call === 'POST /api/faults') {
      const { fault, scope } = parseFault(JSON.parse(await bodyOf(request)));
      faults.add(fault, scope);
      return json(201, faults.active());
    }
    if (call === 'DELETE /api/faults') {
      faults.clear();
      return json(200, []);
    }
    return request.method === 'GET' ? mailAt(path) : json(405, { error: 'no such call' });
  }

  function mailAt(path: string): Answer {
    const [, id = '', raw] = /^\/mails\/([\w-]+)(\/raw)?$/.exec(path) ?? [];
    const found = store.find(id);
    if (found === undefined) return html(404, missingPage());
    if (raw === undefined) return html(200, mailPage(found.mail));
    return { status: 200, type: 'text/plain; charset=utf-8', body: found.raw };
  }

  const port = await choosePort(preferredPort);
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return {
    url: `http://${LOOPBACK}:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response
    .writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy':
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'",
    })
    .end(body);
}

function html(status: number, body: string): Answer {
  return { status, type: HTML, body };
}

function json(status: number, body: unknown): Answer {
  return { status, type: JSON_TYPE, body: `${JSON.stringify(body, null, 2)}\n` };
}

function isLocalName(host: string | undefined): boolean {
  return host !== undefined && ['127.0.0.1', 'localhost'].includes(host.replace(/:\d+$/, ''));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk as string;
    if (body.length > LARGEST_REQUEST_CHARACTERS) throw new Error('too large');
  }
  return body;
}
