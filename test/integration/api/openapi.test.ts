import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROLES, STAGES, TIMELINE_KINDS } from '../../../src/domain/vocabulary.ts';
import { PROBLEM_CODES } from '../../../src/domain/refusal.ts';
import { apiOffice } from './api-office.ts';

const office = apiOffice();

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly enum?: readonly string[] }>> };
}

let text = '';
let document: Document;

beforeAll(async () => {
  text = (await office.get('/openapi.json')).body;
  document = JSON.parse(text) as Document;
});

function operations(): readonly (readonly [string, string, Operation])[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [path, method, operation] as const),
  );
}

describe('the OpenAPI document', () => {
  test('is a valid one of version 3.1', async () => {
    const result = await new Validator().validate(JSON.parse(text) as Record<string, unknown>);
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  test('has every route', () => {
    const registered = office.routes
      .filter(({ method, url }) => method !== 'HEAD' && !url.startsWith('/docs') && url !== '/openapi.json')
      .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
    const documented = operations().map(([path, method]) => `${method.toUpperCase()} ${path}`);
    expect(documented.toSorted()).toEqual(registered.toSorted());
  });

  test('names each operation once, and says what it is for', () => {
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, , { summary }] of operations()) expect(summary, path).toBeTruthy();
  });

  test('says of every call which errors it has, as problems', () => {
    for (const [path, method, { responses, security }] of operations()) {
      const errors = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      expect(errors.length, path).toBeGreaterThan(2);
      for (const [status, { content = {} }] of errors)
        expect(content, `${path} ${status}`).toHaveProperty(['application/problem+json']);
      if (security?.length === 1)
        expect(Object.keys(responses), path).toEqual(expect.arrayContaining(['401', '403']));
      if (method === 'post')
        expect(Object.keys(responses), path).toEqual(expect.arrayContaining(['409', '413', '422', '503']));
    }
  });

  test('lets every POST have a key, but those that no client of ours sends', () => {
    for (const [path, method, { parameters = [] }] of operations()) {
      if (path.startsWith('/p/') || path.startsWith('/uploads/') || path.startsWith('/v1/callbacks/'))
        continue;
      const hasKey = parameters.some(
        (parameter) => parameter.in === 'header' && parameter.name === 'idempotency-key',
      );
      expect(hasKey, path).toBe(method === 'post');
    }
  });

  test('has the closed lists of the domain', () => {
    const { schemas } = document.components;
    expect(schemas['Stage']?.enum).toEqual(STAGES);
    expect(schemas['TimelineKind']?.enum).toEqual(TIMELINE_KINDS);
    expect(text).toContain(JSON.stringify(ROLES));
    for (const code of PROBLEM_CODES) expect(text).toContain(`"urn:tocsin:problem:${code}"`);
  });

  test('refers to nothing that is not there, and holds nothing that is not referred to', () => {
    const references = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name = '']) => name);
    expect([...new Set(references)].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted());
  });

  test('describes the outcome of each row', () => {
    for (const key of ['engage-legal (lead)', 'further-measures (csirt)', 'further-measures (executive)']) {
      expect(text).toContain(`"title":"${key}"`);
    }
  });
});
