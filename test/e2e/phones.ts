import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An SMS as it lies on somebody's phone. */
export interface Sms {
  readonly sid: string;
  readonly to: string;
  readonly words: string;
}

/** A POST to somebody's own URL. */
export interface Posted {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Phones and own URLs of people, on loopback: a provider that speaks as Twilio does, and where webhooks arrive. */
export interface Phones {
  readonly url: string;
  readonly account: string;
  readonly token: string;
  readonly messages: readonly Sms[];
  readonly posts: readonly Posted[];
  /** The next messages to this number are refused with this code of Twilio's. */
  refuse(to: string, code: number): void;
  /** A form as Twilio signs it for this address of ours. */
  signed(url: string, form: Readonly<Record<string, string>>): RequestInit;
  stop(): Promise<void>;
}

const ACCOUNT = 'AC0000000000000000000000000000e2e0';
const TOKEN = 'end-to-end-token';

export async function startPhones(): Promise<Phones> {
  const messages: Sms[] = [];
  const posts: Posted[] = [];
  const refused = new Map<string, number>();
  const server = createServer((request, response) => {
    void serve(request, response);
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const answer = (status: number, said: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(said));
    };
    if (request.url === '/hook') {
      posts.push({ headers: request.headers as Record<string, string>, body });
      return answer(204, {});
    }
    const form = new URLSearchParams(body);
    const to = form.get('To') ?? '';
    const code = refused.get(to);
    if (code !== undefined) return answer(400, { code, status: 400 });
    const sid = `SM${String(messages.length).padStart(32, '0')}`;
    messages.push({ sid, to, words: form.get('Body') ?? '' });
    return answer(201, { sid, status: 'queued' });
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    account: ACCOUNT,
    token: TOKEN,
    messages,
    posts,
    refuse: (to, code) => void refused.set(to, code),
    signed(url, form) {
      const names = Object.keys(form).toSorted();
      const fields = names.map((name) => `${name}${form[name]}`).join('');
      return {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: {
          'x-twilio-signature': createHmac('sha1', TOKEN)
            .update(url + fields)
            .digest('base64'),
        },
      };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
