import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { rawBodyOf } from './body.ts';
import { pointerOf, ProblemError, type ProblemPlace } from './problem.ts';

interface Shapes<Params, Query, Body> {
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
}

/** More places than anybody mends at once; a body can be wrong in thousands. */
const PLACES_MAX = 50;

/**
 * Path, query and body in the shape that the call declares. Throws `not-found` for a path that can name nothing, and
 * `invalid` with every place that is wrong.
 */
export function checkShape<Params, Query, Body>(
  shapes: Shapes<Params, Query, Body>,
  request: Pick<FastifyRequest, 'params' | 'query' | 'body'>,
): { readonly params: Params; readonly query: Query; readonly body: Body } {
  return {
    params: parse(
      shapes.params,
      request.params,
      () => new ProblemError('not-found', 'There is nothing at this path.'),
    ),
    query: parse(shapes.query, request.query, (issues) =>
      invalid(
        issues
          .flatMap((issue) => placesOf(issue, []))
          .map(({ pointer, detail }) => ({
            parameter: pointer.slice(1),
            detail,
          })),
      ),
    ),
    body: parse(shapes.body, rawBodyOf(request).value, (issues) =>
      invalid(issues.flatMap((issue) => placesOf(issue, []))),
    ),
  };
}

/** What a call does not declare is not looked at, and its type says so. */
function parse<T>(
  schema: z.ZodType<T> | undefined,
  value: unknown,
  problemOf: (issues: readonly z.core.$ZodIssue[]) => ProblemError,
): T {
  if (schema === undefined) return undefined as T;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw problemOf(result.error.issues);
}

function invalid(places: readonly ProblemPlace[]): ProblemError {
  const shown = places.slice(0, PLACES_MAX);
  const [first] = shown;
  const where = first?.pointer ?? first?.parameter ?? '';
  const more = places.length > 1 ? ` And ${places.length - 1} more, in \`errors\`.` : '';
  const detail = `${where === '' ? 'The whole' : where}: ${first?.detail ?? 'wrong'}.${more} Nothing was done; mend it and ask again.`;
  return new ProblemError('invalid', detail, { places: shown });
}

interface BodyPlace {
  readonly pointer: string;
  readonly detail: string;
}

/** One place for each thing to mend: unknown fields one by one, and of alternatives the one that was meant. */
export function placesOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): readonly BodyPlace[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerOf([...path, key]),
      detail: 'There is no such field here; leave it out or spell it as the documentation does',
    }));
  }
  if (issue.code === 'invalid_union') {
    const meant = nearest(issue.errors);
    if (meant !== null) return meant.flatMap((inner) => placesOf(inner, path));
  }
  return [{ pointer: pointerOf(path), detail: issue.message }];
}

/** The alternative with the fewest faults is the one that was meant; of two alike, the first. */
function nearest(alternatives: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | null {
  const [first, ...others] = alternatives;
  if (first === undefined) return null;
  return others.reduce((best, other) => (faultsOf(other) < faultsOf(best) ? other : best), first);
}

function faultsOf(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
}
