import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A mail and its envelope. */
export interface Posting {
  readonly bytes: Buffer;
  readonly from: string;
  readonly to: string;
}

export interface Sent {
  /** How often somebody was told to come again, or the connection ended instead of an answer. */
  readonly deferrals: number;
  readonly tookMs: number;
}

/** As a mail server that is told to come again, only sooner. */
const COME_AGAIN_MS = 200;

/**
 * Sends mails as servers do that give up none: each over one of so many connections, as fast as it is taken, and again until
 * it is answered with 250.
 *
 * @throws for one that is turned away for good.
 */
export async function sendAll(
  url: string,
  postings: readonly Posting[],
  { connections }: { readonly connections: number },
): Promise<Sent> {
  const beganAt = performance.now();
  const waiting = [...postings];
  let deferrals = 0;
  await Promise.all(
    Array.from({ length: Math.min(connections, postings.length) }, async () => {
      let line: Conversation | null = null;
      for (let posting = waiting.shift(); posting !== undefined; posting = waiting.shift()) {
        for (;;) {
          line ??= new Conversation(url);
          const answer = await line.send(posting);
          if (answer.startsWith('250')) break;
          if (answer.startsWith('5')) throw new Error(`a mail was turned away: ${answer}`);
          deferrals += 1;
          line.end();
          line = null;
          await sleep(COME_AGAIN_MS);
        }
      }
      line?.end();
    }),
  );
  return { deferrals, tookMs: performance.now() - beganAt };
}

/** One connection over which mails go, one after the other. */
class Conversation {
  readonly #socket: Socket;
  #heard = '';
  #isClosed = false;
  #isGreeted = false;
  #wake = (): void => {};

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = createConnection({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.setEncoding('utf8').on('data', (chunk: string) => {
      this.#heard += chunk;
      this.#wake();
    });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  /** The answer that decided: 250 to its last dot, or the first that was none of what goes on; '' for none at all. */
  async send({ bytes, from, to }: Posting): Promise<string> {
    const steps: readonly (readonly [said: string | Buffer | null, expected: string])[] = [
      ...(this.#isGreeted
        ? []
        : ([
            [null, '220'],
            ['EHLO mail.far.example\r\n', '250'],
          ] as const)),
      [`MAIL FROM:<${from}>\r\n`, '250'],
      [`RCPT TO:<${to}>\r\n`, '250'],
      ['DATA\r\n', '354'],
      [stuffed(bytes), '250'],
    ];
    this.#isGreeted = true;
    let answer = '';
    for (const [said, expected] of steps) {
      if (said !== null) this.#socket.write(said);
      answer = await this.#answer();
      if (!answer.startsWith(expected)) return answer;
    }
    return answer;
  }

  end(): void {
    if (!this.#isClosed) this.#socket.end('QUIT\r\n');
  }

  async #answer(): Promise<string> {
    for (;;) {
      const end = /^\d{3} .*\r\n/m.exec(this.#heard);
      if (end !== null) {
        this.#heard = this.#heard.slice(end.index + end[0].length);
        return end[0];
      }
      if (this.#isClosed) return '';
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** Its last line break belongs to the end of DATA. */
function stuffed(bytes: Buffer): Buffer {
  const body = bytes
    .toString('latin1')
    .replace(/\r\n$/, '')
    .replaceAll(/(^|\r\n)\./g, '$1..');
  return Buffer.from(`${body}\r\n.\r\n`, 'latin1');
}
