import { isDeepStrictEqual } from 'node:util';
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod';

type Transform = typeof jsonSchemaTransformObject;
type Schemas = Record<string, unknown>;

/** How the type provider calls a schema where it comes in. */
const INPUT = 'Input';
const REFERENCE = '#/components/schemas/';

/**
 * The document's components once each: what is the same coming in and going out has one name, and what nothing refers
 * to is left out.
 */
export const namedSchemas: Transform = (document) => {
  const whole = jsonSchemaTransformObject(document) as { components?: { schemas?: Schemas } };
  const schemas = whole.components?.schemas ?? {};
  const alike = Object.keys(schemas).filter(
    (name) => name.endsWith(INPUT) && isDeepStrictEqual(schemas[name], schemas[outputName(name)]),
  );
  const renamed = alike.reduce(
    (text, name) => text.replaceAll(`"${REFERENCE}${name}"`, `"${REFERENCE}${outputName(name)}"`),
    JSON.stringify(whole),
  );
  return withoutUnused(JSON.parse(renamed) as typeof whole) as ReturnType<Transform>;
};

function outputName(name: string): string {
  return name.slice(0, -INPUT.length);
}

/** Leaving one out may leave another without a reference: again until nothing changes. */
function withoutUnused<Document extends { components?: { schemas?: Schemas } }>(
  document: Document,
): Document {
  const text = JSON.stringify(document);
  const schemas = document.components?.schemas ?? {};
  const used = Object.entries(schemas).filter(([name]) => text.includes(`"${REFERENCE}${name}"`));
  if (used.length === Object.keys(schemas).length) return document;
  return withoutUnused({
    ...document,
    components: { ...document.components, schemas: Object.fromEntries(used) },
  });
}
