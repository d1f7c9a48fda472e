import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError, type ConfigProblem } from './problem.ts';

/** What a name of the environment may hold, and how an operator is told that it holds something else. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** What `ConfigError` says of a name: a sentence for an operator in place of the schema's own words. */
export const explanations = z.registry<{ readonly expected: string; readonly isSecret?: boolean }>();

export const text = (expected: string) => z.string().register(explanations, { expected });

export const port = (expected: string) =>
  z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.number().max(65_535))
    .register(explanations, { expected });

/** Without the slash at the end, because paths are appended. */
export const webUrl = (expected: string) =>
  z
    .string()
    .refine((value) => hasProtocol(value, ['http:', 'https:']) && !/[?#]/.test(value))
    .transform((value) => value.replace(/\/+$/, ''))
    .register(explanations, { expected });

/** Its value is never shown, not even when it is wrong: a password is easily pasted into the wrong place. */
export const secretUrl = (protocols: readonly string[], expected: string) =>
  z
    .string()
    .refine((value) => hasProtocol(value, protocols))
    .register(explanations, { expected, isSecret: true });

export const secret = (expected: string) => z.string().register(explanations, { expected, isSecret: true });

/** What a header cannot carry would fail at every page, and not at start. */
export const headerSecret = (expected: string) =>
  z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .register(explanations, { expected, isSecret: true });

export const certificate = (expected: string) =>
  z
    .string()
    .transform((path, context): Uint8Array => {
      try {
        return readFileSync(path);
      } catch {
        context.addIssue({ code: 'custom', message: 'unreadable' });
        return z.NEVER;
      }
    })
    .register(explanations, { expected });

/** Its content is a secret, its name is not. */
export const keyFile = (expected: string) =>
  z
    .string()
    .transform((path, context): KeyFile => {
      try {
        return { path, content: readFileSync(path, 'utf8') };
      } catch {
        context.addIssue({ code: 'custom', message: 'unreadable' });
        return z.NEVER;
      }
    })
    .register(explanations, { expected });

export interface KeyFile {
  readonly path: string;
  readonly content: string;
}

export const certificateData = (expected: string) =>
  z
    .string()
    .transform((pem): Uint8Array => new TextEncoder().encode(pem))
    .register(explanations, { expected, isSecret: true });

/**
 * @throws {ConfigError} naming every variable that is missing or wrong. An empty value counts as not set.
 */
export function parse<Schema extends z.ZodObject>(schema: Schema, env: Environment): z.output<Schema> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const names = new Set(result.error.issues.map((issue) => String(issue.path[0])));
  throw new ConfigError([...names].map((name) => problemOf(name, schema.shape[name], given[name])));
}

function problemOf(name: string, schema: unknown, value: string | undefined): ConfigProblem {
  const { expected, isSecret } = explanationOf(schema);
  if (value === undefined) return { name, expected, got: 'nothing' };
  return {
    name,
    expected,
    got: isSecret === true ? 'something else (a secret, not shown)' : JSON.stringify(value),
  };
}

function explanationOf(schema: unknown): { readonly expected: string; readonly isSecret?: boolean } {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return explanationOf(schema.unwrap());
  const explanation = schema instanceof z.ZodType ? explanations.get(schema) : undefined;
  assert(explanation !== undefined, 'every name of the environment says what it expects');
  return explanation;
}

function hasProtocol(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol);
}
