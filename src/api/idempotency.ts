import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_STATUS, type ProblemCode } from '../domain/refusal.ts';
import { canonicalJson } from '../persistence/canonical-json.ts';
import {
  answerKey,
  claimKey,
  releaseKey,
  type KeyAnswer,
  type KeyClaim,
} from '../persistence/idempotency.ts';
import { rawBodyOf } from './body.ts';
import type { ApiDependencies } from './dependencies.ts';
import { toProblem } from './error-answers.ts';
import { PROBLEM_MEDIA_TYPE, problemBody, ProblemError, unavailable } from './problem.ts';
import { ANONYMOUS } from './sign-in.ts';

export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';
export const IDEMPOTENCY_KEY_MAX = 200;

/** Visible ASCII: it stands in ids that travel on, and in logs. */
const KEY = /^[\x21-\x7e]+$/;

/**
 * How long a repetition waits for its first asking, by the clock. With what a step of its own may then take, nobody waits
 * longer than eight seconds.
 */
const WAIT_FOR_FIRST_MS = 2_000;
const LOOK_EVERY_MS = 100;

/** One asking of a call. */
export interface Asking {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Person and key together. */
  readonly commandId: string;
  /** Null where no key was sent: such a request cannot be repeated. */
  readonly claim: KeyClaim | null;
}

/** What a call is allowed and shaped to do; running it is what must not happen twice. */
type Prepare = (asking: Asking) => Promise<() => Promise<unknown>>;

/**
 * Answers a POST once for each person and key. The first answer is kept, refusals too; what was not allowed or not
 * understood is not kept, nor what is unknown: then the same key asked again finds out, or does it.
 */
export async function answerOnce(
  dependencies: ApiDependencies,
  at: Pick<Asking, 'request' | 'reply'> & { readonly status: number },
  prepare: Prepare,
): Promise<FastifyReply> {
  const { request, reply, status } = at;
  const key = keyOf(request);
  const person = principalOf(request);
  if (key === null) {
    // Nobody can repeat a request whose key they never knew.
    const run = await prepare({
      request,
      reply,
      claim: null,
      commandId: `${person}:${dependencies.newId()}`,
    });
    return reply.status(status).send(await run());
  }
  const claim = claimOf(request, person, key);
  const first = await claimOrWait(dependencies, claim);
  if (first !== null) return replay(reply, first);
  const asking: Asking = { request, reply, claim, commandId: `${person}:${key}` };
  const run = await forgettingOnFailure(dependencies, claim, request, () => prepare(asking));
  const body = await keepingRefusals(dependencies, claim, request, run);
  await keep(dependencies, claim, request, { status, body });
  return reply.status(status).send(body);
}

/** Told of an answer that somebody else's asking of the same request has got meanwhile. */
export function markReplayed(reply: FastifyReply): void {
  void reply.header('Idempotency-Replayed', 'true');
}

export function keyReused(): ProblemError {
  return new ProblemError(
    'key-reused',
    'This Idempotency-Key was sent before with another body or to another path. Take a new key for a new request.',
    { places: [{ parameter: 'Idempotency-Key', detail: 'Belongs to another request' }] },
  );
}

/** Reporters have no account: the key alone names what they send, and with their report what they answer. */
export function principalOf(request: FastifyRequest): string {
  if (request.actor !== null) return request.actor.username;
  const { reportId } = request.params as { readonly reportId?: string };
  return reportId === undefined ? ANONYMOUS.username : `${ANONYMOUS.username}:${reportId}`;
}

/** Null when this asking is the one that acts. */
async function claimOrWait({ db }: ApiDependencies, claim: KeyClaim): Promise<KeyAnswer | null> {
  const until = performance.now() + WAIT_FOR_FIRST_MS;
  while (performance.now() < until) {
    const found = await claimKey(db, claim);
    switch (found.state) {
      case 'new':
        return null;
      case 'answered':
        return found;
      case 'reused':
        throw keyReused();
      case 'pending':
        await sleep(LOOK_EVERY_MS);
    }
  }
  throw unavailable(
    'The first request with this Idempotency-Key is still under way. Ask again with the same key.',
  );
}

function claimOf(request: FastifyRequest, person: string, key: string): KeyClaim {
  return {
    person,
    key,
    methodAndPath: `${request.method} ${request.url.split('?', 1)[0]}`,
    fingerprint: createHash('sha256')
      .update(canonicalJson(rawBodyOf(request).value))
      .digest(),
  };
}

function replay(reply: FastifyReply, { status, body }: KeyAnswer): FastifyReply {
  markReplayed(reply);
  if (status >= 400) void reply.type(PROBLEM_MEDIA_TYPE);
  return reply.status(status).send(body);
}

async function forgettingOnFailure<T>(
  dependencies: ApiDependencies,
  claim: KeyClaim,
  request: FastifyRequest,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await release(dependencies, claim, request);
    throw error;
  }
}

async function keepingRefusals(
  dependencies: ApiDependencies,
  claim: KeyClaim,
  request: FastifyRequest,
  run: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    const problem = toProblem(error);
    if (isKept(problem.code)) {
      const status = PROBLEM_STATUS[problem.code];
      await keep(dependencies, claim, request, { status, body: problemBody(problem, request.id) });
    } else {
      await release(dependencies, claim, request);
    }
    throw problem;
  }
}

/** A refusal is an answer. What may be otherwise for the same request a moment later is none. */
function isKept(code: ProblemCode): boolean {
  const status = PROBLEM_STATUS[code];
  return (
    status >= 400 && status < 500 && code !== 'not-signed-in' && code !== 'not-yours' && code !== 'too-fast'
  );
}

/** The step is taken and recorded whether or not its answer can be kept: a repetition finds it by its command id. */
async function keep(
  { db }: ApiDependencies,
  claim: KeyClaim,
  request: FastifyRequest,
  answer: KeyAnswer,
): Promise<void> {
  await answerKey(db, { ...claim, ...answer }).catch((error: unknown) => {
    request.log.error({ err: error }, 'the answer of an idempotency key could not be kept');
  });
}

/** What cannot be released now is taken over later: persistence does not let a claim stand for ever. */
async function release({ db }: ApiDependencies, claim: KeyClaim, request: FastifyRequest): Promise<void> {
  await releaseKey(db, claim).catch((error: unknown) => {
    request.log.error({ err: error }, 'an idempotency key could not be released');
  });
}

function keyOf(request: FastifyRequest): string | null {
  const key = request.headers[IDEMPOTENCY_KEY_HEADER];
  if (key === undefined) return null;
  if (typeof key === 'string' && key.length <= IDEMPOTENCY_KEY_MAX && KEY.test(key)) return key;
  const detail = `Idempotency-Key is 1 to ${IDEMPOTENCY_KEY_MAX} visible ASCII characters`;
  throw new ProblemError('invalid', `${detail}. Nothing was done; take such a key, a UUID for example.`, {
    places: [{ parameter: 'Idempotency-Key', detail }],
  });
}
