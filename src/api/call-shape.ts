import { z } from 'zod';
import type { Verb } from '../domain/access.ts';
import { IDEMPOTENCY_KEY_HEADER, IDEMPOTENCY_KEY_MAX } from './idempotency.ts';
import { PROBLEM_MEDIA_TYPE, ProblemSchema } from './problem.ts';

/** A call as its clients see it: where it is, what it takes, what it answers. */
export interface CallShape<Params, Query, Body, Answer> {
  /** Its row in the access table. Every route has one: there is no other way to register a route. */
  readonly verb: Verb;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  /** Left out: the body is not read. */
  readonly body?: z.ZodType<Body>;
  /** For a call that reads its body by itself: what the documentation says of it. */
  readonly documentedBody?: z.ZodType;
  readonly bodyLimitBytes?: number;
  /**
   * `anything` that can be read as JSON is taken, whatever it is called and however broken its text. `bytes` are left as
   * they came, for a call that checks their signature, or has no use for them.
   */
  readonly takes?: 'json' | 'anything' | 'bytes';
  /** Asking twice does what asking once does, without a key: a person or a provider that knows none asks again. */
  readonly isRepeatable?: true;
  /** Problems of this call beside those that all have. */
  readonly alsoProblems?: readonly (401 | 403 | 410)[];
  readonly answer: {
    readonly status: 200 | 202;
    readonly schema: z.ZodType<Answer>;
    readonly description: string;
    /** Other media types that the same call can answer with, as text. */
    readonly alsoAs?: readonly string[];
    /** The media type of a call that answers no JSON at all. */
    readonly onlyAs?: string;
    /** The same shape under another status, set by the call itself. */
    readonly orElse?: { readonly status: number; readonly description: string };
  };
}

/** The same for the framework: it documents the call with it, and checks its answers. */
export function documentationOf<Params, Query, Body, Answer>(
  call: CallShape<Params, Query, Body, Answer>,
  isForAnybody: boolean,
) {
  const { status, description, orElse } = call.answer;
  const content = contentOf(call.answer);
  return {
    operationId: operationIdOf(call),
    tags: [call.tag],
    summary: call.summary,
    ...(call.description === undefined ? {} : { description: call.description }),
    security: isForAnybody ? [] : [{ bearer: [] }],
    ...(call.params === undefined ? {} : { params: call.params }),
    ...(call.query === undefined ? {} : { querystring: call.query }),
    ...bodyDocumentation(call),
    ...(takesKey(call) ? { headers: IdempotencyHeaders } : {}),
    response: {
      [status]: { description, content },
      ...Object.fromEntries(
        problemsOf(call, isForAnybody).map((code) => [
          code,
          { description: PROBLEM_TEXTS[code], content: PROBLEM_CONTENT },
        ]),
      ),
      ...(orElse === undefined
        ? {}
        : {
            [orElse.status]: { description: orElse.description, content: { ...content, ...PROBLEM_CONTENT } },
          }),
    },
  };
}

/** Whether its answers are kept by key. */
export function takesKey({
  method,
  isRepeatable,
}: Pick<CallShape<never, never, never, never>, 'method' | 'isRepeatable'>): boolean {
  return method === 'POST' && isRepeatable !== true;
}

const PROBLEM_TEXTS = {
  400: 'The request cannot be read.',
  401: 'Not signed in.',
  403: 'Signed in, but somebody else’s step; the detail says whose.',
  404: 'Not there, or not for you to know.',
  409: 'Not now; the detail says what must come first.',
  410: 'The link has expired.',
  413: 'Too large.',
  415: 'Not JSON.',
  422: 'Well-formed but wrong; `errors` points at each place.',
  500: 'Something broke on our side.',
  503: 'The process or its record is away; the outcome is unknown. Ask again with the same key.',
} as const;

type ProblemStatus = keyof typeof PROBLEM_TEXTS;

const PROBLEM_CONTENT = { [PROBLEM_MEDIA_TYPE]: { schema: ProblemSchema } };

function contentOf({ schema, alsoAs = [], onlyAs }: CallShape<never, never, never, unknown>['answer']) {
  const texts = [...alsoAs, onlyAs].filter((mediaType) => mediaType !== undefined);
  return {
    ...(onlyAs === undefined ? { 'application/json': { schema } } : {}),
    ...Object.fromEntries(texts.map((mediaType) => [mediaType, { schema: z.string() }])),
  };
}

function bodyDocumentation({
  body,
  documentedBody = body,
}: Pick<CallShape<never, never, unknown, never>, 'body' | 'documentedBody'>) {
  return documentedBody === undefined ? {} : { body: documentedBody };
}

function problemsOf<Params, Query, Body, Answer>(
  call: CallShape<Params, Query, Body, Answer>,
  isForAnybody: boolean,
): readonly ProblemStatus[] {
  const always: readonly ProblemStatus[] = [404, 500, 503];
  const signedIn: readonly ProblemStatus[] = isForAnybody ? [] : [401, 403];
  const reading: readonly ProblemStatus[] = call.method === 'GET' ? [400, 422] : [400, 409, 413, 415, 422];
  return [...always, ...signedIn, ...reading, ...(call.alsoProblems ?? [])];
}

/** `postIncidentsReply`: stable, for generated clients. */
function operationIdOf({ method, url }: { readonly method: string; readonly url: string }): string {
  const words = url.split(/[/.-]/).filter((part) => part !== '' && part !== 'v1' && !part.startsWith(':'));
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const isOne = /:[^/]+$/.test(url);
  return `${method.toLowerCase()}${isOne ? 'One' : ''}${name}`;
}

const IdempotencyHeaders = z.object({
  [IDEMPOTENCY_KEY_HEADER]: z.string().min(1).max(IDEMPOTENCY_KEY_MAX).optional().meta({
    description:
      'The same key and the same body: the first answer again. Made by the server where it is absent.',
  }),
});
