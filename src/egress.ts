import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { isPublicAddress } from './egress/address.ts';
import { readBody } from './egress/answer-body.ts';
import { failureCodeOf, type FailureCode } from './egress/failure.ts';
import { retryAfterMs } from './egress/retry-after.ts';
import { type ForbiddenReason, type Target, targetOf } from './egress/target.ts';

/**
 * The one way out by HTTP. Whatever the far side does, `request` answers with a value, within its time, and keeps no
 * more than the beginning of what came. It follows no redirect and uses each connection once: a connection that was
 * closed while it was idle cannot lose a page.
 */
export interface Egress {
  request(call: EgressCall): Promise<EgressAnswer>;
}

export interface EgressCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * `given`: a person gave the URL, and it may lead to nothing but the internet or what the operator allowed by name.
   * `own`: the operator gave it, for a provider or a server of their own.
   */
  readonly guard: 'given' | 'own';
  /** The whole, from the name to the last byte; that of the egress where it is left out. */
  readonly timeoutMs?: number;
}

export type EgressAnswer =
  | {
      readonly outcome: 'answered';
      /** Never 3xx. */
      readonly status: number;
      /** As UTF-8; its beginning when there was more, or when it did not come to an end in time. */
      readonly body: string;
      readonly isCutOff: boolean;
      /** What `Retry-After` asks for, null where it is missing or past. */
      readonly retryAfterMs: number | null;
    }
  | { readonly outcome: 'forbidden'; readonly code: ForbiddenReason }
  | { readonly outcome: 'failed'; readonly code: FailureCode };

export interface EgressOptions {
  /** `host` or `host:port`, IPv6 in brackets: where URLs that people gave may lead although it is inside, or by http. */
  readonly allowHosts: readonly string[];
  readonly timeoutMs?: number;
  readonly answerBytesMax?: number;
  /** All addresses of a name; the system's resolver where it is left out. */
  readonly resolve?: Resolve;
}

type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** A page waits for it: a provider that needs longer is tried again, or the next contact method is. */
const TIMEOUT_MS = 10_000;

/** An error document of a provider is below 1 KiB. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** Guards and bounds every call; see `Egress`. It holds nothing that would have to be closed. */
export function createEgress(options: EgressOptions): Egress {
  const {
    allowHosts,
    timeoutMs = TIMEOUT_MS,
    answerBytesMax = ANSWER_BYTES_MAX,
    resolve = addressesOf,
  } = options;
  return {
    request: async (call) => {
      const target = call.guard === 'given' ? targetOf(call.url, allowHosts) : ownTargetOf(call.url);
      if (typeof target === 'string') return { outcome: 'forbidden', code: target };
      const signal = AbortSignal.timeout(call.timeoutMs ?? timeoutMs);
      try {
        const addresses = await beforeAbort(resolved(target.host, resolve), signal);
        if (addresses.length === 0) return { outcome: 'failed', code: 'unreachable' };
        if (!isOpen(target, addresses)) return { outcome: 'forbidden', code: 'address' };
        return await exchange({ call, target, addresses, signal, answerBytesMax });
      } catch (error) {
        return { outcome: 'failed', code: failureCodeOf(error) };
      }
    },
  };
}

function ownTargetOf(given: string): Target | ForbiddenReason {
  if (!URL.canParse(given)) return 'invalid-url';
  const url = new URL(given);
  return { url, host: url.hostname.replaceAll(/^\[|\]$/g, ''), isAllowedByName: true };
}

/** One private address among public ones is enough to refuse: which one is connected to would be chance. */
function isOpen({ isAllowedByName }: Target, addresses: readonly LookupAddress[]): boolean {
  return isAllowedByName || addresses.every(({ address }) => isPublicAddress(address));
}

interface Exchange {
  readonly call: EgressCall;
  readonly target: Target;
  readonly addresses: readonly LookupAddress[];
  readonly signal: AbortSignal;
  readonly answerBytesMax: number;
}

async function exchange(given: Exchange): Promise<EgressAnswer> {
  const { call, target, addresses, signal, answerBytesMax } = given;
  const client = new Client(target.url.origin, { connect: { lookup: pinnedTo(addresses) } });
  try {
    const { statusCode, headers, body } = await client.request(requestOf(call, target, signal));
    if (statusCode >= 300 && statusCode < 400) {
      body.on('error', () => undefined);
      return { outcome: 'forbidden', code: 'redirect' };
    }
    const { text, isCutOff } = await readBody(body, answerBytesMax);
    return {
      outcome: 'answered',
      status: statusCode,
      body: text,
      isCutOff,
      retryAfterMs: retryAfterMs([headers['retry-after'] ?? []].flat()[0], Date.now()),
    };
  } finally {
    // Without waiting: the far side may not let go.
    void client.destroy();
  }
}

function requestOf(call: EgressCall, { url }: Target, signal: AbortSignal): Dispatcher.RequestOptions {
  return {
    method: call.method,
    path: `${url.pathname}${url.search}`,
    headers: { 'user-agent': 'tocsin', ...call.headers },
    body: call.body ?? null,
    signal,
    // Not twice: what looks as if it could be repeated may still ring a phone.
    idempotent: false,
  };
}

/** In place of the system's: the name is not asked again, and whoever answers for it cannot change their mind. */
function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

function resolved(host: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  return family === 0 ? resolve(host) : Promise.resolve([{ address: host, family }]);
}

function addressesOf(host: string): Promise<readonly LookupAddress[]> {
  return lookup(host, { all: true, verbatim: true });
}

/** Looking up a name cannot be ended from outside; it is left behind. */
function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      const end = (): void => {
        const reason: unknown = signal.reason;
        reject(reason);
      };
      signal.addEventListener('abort', end, { once: true });
    }),
  ]);
}
