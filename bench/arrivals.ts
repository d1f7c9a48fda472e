import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';

import { LOOPBACK } from '../dev/port.ts';

/** A mail that reached the far end. */
export interface Arrival {
  /** Epoch milliseconds, when its last byte was there. */
  readonly at: number;
  /** The same instant on the clock of `performance.now()`, for spans. */
  readonly atTick: number;
  readonly subject: string;
  readonly to: string;
  /** Of the pages that it calls for; empty for any other mail. */
  readonly pageIds: readonly string[];
}

/** The far end of every measurement: takes mails in and notes when they came. */
export interface Arrivals {
  readonly smtpUrl: string;
  /** The first mail that fits, among those to come: ask before it can be sent. */
  next(fits: (arrival: Arrival) => boolean, withinMs: number): Promise<Arrival>;
  /** One arrival for each key, the first; when the time is over, those that came. */
  collect(
    keysOf: (arrival: Arrival) => readonly string[],
    keys: ReadonlySet<string>,
    withinMs: number,
  ): Promise<ReadonlyMap<string, Arrival>>;
  /** How many mails have come to each address since the last time this was asked. */
  countsByAddress(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/**
 * The stand's own sink parses each mail and keeps it as a file, about a millisecond of these cores that would be measured
 * with both sides. This one looks for two lines and forgets the rest.
 */
export async function startArrivals(): Promise<Arrivals> {
  let counts = new Map<string, number>();
  const arrived = new EventEmitter().setMaxListeners(0);
  const server = new SMTPServer({
    name: 'bench.example',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 500,
    onData(stream, session, done) {
      takeIn(stream, session.envelope.rcptTo[0]?.address ?? '').then(
        (arrival) => {
          counts.set(arrival.to, (counts.get(arrival.to) ?? 0) + 1);
          arrived.emit('mail', arrival);
          done();
        },
        (error: unknown) => done(error as Error),
      );
    },
  });
  // A client that goes away in the middle is its own affair.
  server.on('error', () => {});
  server.listen(0, LOOPBACK);
  await once(server.server, 'listening');

  return {
    smtpUrl: `smtp://${LOOPBACK}:${(server.server.address() as AddressInfo).port}`,
    async next(fits, withinMs) {
      const found = await collect((arrival) => (fits(arrival) ? [''] : []), new Set(['']), withinMs);
      const arrival = found.get('');
      if (arrival === undefined) throw new Error(`no such mail within ${withinMs / 1000} s`);
      return arrival;
    },
    collect,
    countsByAddress() {
      const seen = counts;
      counts = new Map();
      return seen;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };

  function collect(
    keysOf: (arrival: Arrival) => readonly string[],
    keys: ReadonlySet<string>,
    withinMs: number,
  ): Promise<ReadonlyMap<string, Arrival>> {
    const found = new Map<string, Arrival>();
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        arrived.off('mail', look);
        resolve(found);
      };
      const look = (arrival: Arrival): void => {
        for (const key of keysOf(arrival)) if (keys.has(key) && !found.has(key)) found.set(key, arrival);
        if (found.size === keys.size) settle();
      };
      const timer = setTimeout(settle, withinMs);
      arrived.on('mail', look);
    });
  }
}

async function takeIn(stream: SMTPServerDataStream, to: string): Promise<Arrival> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const [at, atTick] = [Date.now(), performance.now()];
  const message = Buffer.concat(chunks).toString('latin1');
  return {
    at,
    atTick,
    subject: /^Subject: (.*)$/im.exec(message)?.[1] ?? '',
    to,
    pageIds: [...new Set(message.match(/\bINC-\d{4}-\d{4,}-[PBF]\w+/g))],
  };
}
