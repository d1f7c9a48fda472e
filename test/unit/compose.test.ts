import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../../dev/search-attributes.ts';
import { ConfigError, ENVIRONMENT_NAMES, readConfig } from '../../src/config.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly restart: string;
  readonly deploy?: { readonly replicas: number };
  readonly healthcheck?: object;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const service = (name: string): Service => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`expected a service ${name}`);
  return found;
};

describe('the compose file', () => {
  test('is one by the Compose Specification', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { duration: true } });
    const validate = ajv.compile(JSON.parse(read('test/fixtures/compose-spec.json')) as object);
    expect({ isValid: validate(compose), errors: validate.errors }).toEqual({ isValid: true, errors: null });
    expect(validate({ services: { server: { imgae: 'tocsin' } } })).toBe(false);
  });

  test.each(services)('pins the version of %s', (_name, { image }) => {
    expect(image).toMatch(/^[^:]+:\d+[.]\d+[.\d]*(-[a-z0-9]+)?$/);
  });

  test.each(services)('says what happens when %s ends', (_name, { restart }) => {
    expect(restart).toMatch(/^(unless-stopped|on-failure:\d+)$/);
  });

  test.each(services.filter(([, { restart }]) => restart === 'unless-stopped'))(
    'looks after the health of %s, or has nothing depend on it',
    (name, { healthcheck }) => {
      expect(healthcheck !== undefined || name === 'temporal-ui').toBe(true);
    },
  );

  test('publishes the server and the Temporal UI, on loopback, and nothing else', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`));
    expect(published).toEqual([
      'temporal-ui 127.0.0.1:8233:8080',
      'server ${TOCSIN_LISTEN:-127.0.0.1:8080}:8080',
      'server ${TOCSIN_SMTP_LISTEN:-127.0.0.1:2525}:2525',
    ]);
  });

  test.each(['postgres', 'temporal'])('keeps %s on networks without a way out', (name) => {
    const isInternal = service(name).networks.map((network) => compose.networks[network]?.internal === true);
    expect(isInternal).not.toContain(false);
  });

  test('lets nobody write through the Temporal UI', () => {
    expect(service('temporal-ui').environment?.['TEMPORAL_DISABLE_WRITE_ACTIONS']).toBe('true');
  });

  test('runs two workers, so that the death of one delays little', () => {
    expect(service('worker').deploy?.replicas).toBe(2);
  });

  test('registers what incidents are found by, as the stand does', () => {
    const script = service('temporal-namespace').command?.join(' ') ?? '';
    const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [
      name,
      type,
    ]);
    expect(Object.fromEntries(registered)).toEqual(SEARCH_ATTRIBUTES);
  });

  test('asks the operator for nothing that .env.example does not explain', () => {
    const asked = [...read('docker-compose.yml').matchAll(/(?<![$])[$][{](\w+)/g)].map(([, name]) => name);
    const explained = [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    expect(new Set(explained)).toEqual(new Set(asked));
  });
});

describe.each(['migrate', 'server', 'worker'])('the environment of %s', (name) => {
  const { environment = {} } = service(name);

  test('has no name that the program does not know', () => {
    expect(ENVIRONMENT_NAMES).toEqual(expect.arrayContaining(Object.keys(environment)));
  });

  test('has all that the program needs', () => {
    expect(missingNames(filledIn(environment))).toEqual([]);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  test('pins the version of Node, one for all stages', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^node:\d+[.]\d+[.]\d+-/);
  });

  test('ends as somebody without rights', () => {
    expect(dockerfile.slice(dockerfile.lastIndexOf('FROM '))).toMatch(/^USER node$/m);
  });
});

/** As the operator's .env would: names without a default get a value of the right kind. */
function filledIn(environment: Readonly<Record<string, string | number>>): Record<string, string> {
  const samples: Readonly<Record<string, string>> = {
    TOCSIN_PUBLIC_URL: 'https://tocsin.example',
    TOCSIN_DATABASE_PASSWORD: '0123456789abcdef',
    SMTP_URL: 'smtp://mail.example:587',
    TOCSIN_MAIL_FROM: 'Tocsin <tocsin@example.org>',
  };
  const substitute = (value: string): string =>
    value.replace(
      /[$][{](\w+):[-?]([^}]*)[}]/g,
      (_all, name: string, fallback: string) => samples[name] ?? fallback,
    );
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, substitute(String(value))]),
  );
}

function missingNames(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ name }) => name);
    throw error;
  }
}
