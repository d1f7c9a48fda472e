import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS, may, type About, type Verb } from '../domain/access.ts';
import type { Actor } from '../domain/actor.ts';
import type { Incident } from '../domain/incident.ts';
import type { KeyClaim } from '../persistence/idempotency.ts';
import { type CallShape, documentationOf, takesKey } from './call-shape.ts';
import type { ApiDependencies } from './dependencies.ts';
import { answerOnce, type Asking, principalOf } from './idempotency.ts';
import { problemOfRefusal } from './problem.ts';
import { checkShape } from './shape.ts';
import { ANONYMOUS, signIn } from './sign-in.ts';
import { notYourRow } from './whose-row.ts';

/** What a call is about, and what the access table needs to know of it. */
export interface Subject {
  readonly incident: Incident | null;
  readonly about: About;
}

/** A call that is about no incident. */
export const NO_SUBJECT: Subject = { incident: null, about: {} };

/** A call as it reaches the code behind the door: signed in, allowed, and of the right shape. */
export interface Asked<Params, Query, Body, About extends Subject> {
  /** `ANONYMOUS` where anybody may call. */
  readonly actor: Actor;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly subject: About;
  /** Person and idempotency key together. Reads have one too, and do nothing with it. */
  readonly commandId: string;
  /** Null where no key was sent. */
  readonly claim: KeyClaim | null;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface Call<Params, Query, Body, Answer, About extends Subject> extends CallShape<
  Params,
  Query,
  Body,
  Answer
> {
  /** Finds what the call is about. Throws `not-found` also for what the actor may not know of. */
  subject(actor: Actor, params: Readonly<Record<string, string>>, request: FastifyRequest): Promise<About>;
  handle(asked: Asked<Params, Query, Body, About>): Promise<Answer | string | Buffer>;
  /** Refuses by the head alone, before a body is read: of strangers only few bytes are taken. */
  checkHead?(request: FastifyRequest): void;
}

/**
 * Registers a route. Who asks is settled before the body is read; a repeated request gets its first answer before
 * anything else, because a step may have taken its author's right away; then comes what it is about, then whose step it
 * is, and only then its shape, so that a stranger learns nothing from the wording of an error.
 */
export function addCall<Params, Query, Body, Answer, About extends Subject>(
  app: FastifyInstance,
  dependencies: ApiDependencies,
  call: Call<Params, Query, Body, Answer, About>,
): void {
  const isForAnybody = ACCESS[call.verb].who.includes('anybody');

  const prepare = async (asking: Asking) => {
    const { request } = asking;
    const actor = request.actor ?? ANONYMOUS;
    const params = request.params as Readonly<Record<string, string>>;
    const subject = await call.subject(actor, params, request);
    const { incident } = subject;
    const refusal =
      may(actor, call.verb, incident, subject.about) ??
      (await notYourRow(dependencies.db, { verb: call.verb, actor, incident, key: params['key'] }));
    if (refusal !== null) throw problemOfRefusal(refusal);
    const shape = checkShape(call, request);
    return async () => call.handle({ ...asking, actor, subject, ...shape });
  };

  app.route({
    method: call.method,
    url: call.url,
    config: { verb: call.verb, takes: call.takes ?? 'json' },
    schema: documentationOf(call, isForAnybody),
    ...(call.bodyLimitBytes === undefined ? {} : { bodyLimit: call.bodyLimitBytes }),
    onRequest: async (request) => {
      if (!isForAnybody) request.actor = await signIn(dependencies, request);
      call.checkHead?.(request);
    },
    handler: async (request, reply) => {
      if (takesKey(call)) {
        return answerOnce(dependencies, { request, reply, status: call.answer.status }, prepare);
      }
      const handle = await prepare({
        request,
        reply,
        commandId: `${principalOf(request)}:${request.id}`,
        claim: null,
      });
      const body = await handle();
      return reply.send(body);
    },
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null until they are signed in, and where anybody may call. */
    actor: Actor | null;
  }
  interface FastifyContextConfig {
    verb?: Verb;
    takes?: 'json' | 'anything' | 'bytes';
  }
}
