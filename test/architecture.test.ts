/**
 * The walls hold, and so do the manners: dependency-cruiser with .dependency-cruiser.cjs, oxlint with .oxlintrc.json, and
 * what neither of them can say. A check that looks at nothing is green too, so each rule is broken once, in a skeleton of
 * the tree, and must report.
 */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const temporaryDirectories: string[] = [];
afterAll(() => {
  for (const directory of temporaryDirectories) rmSync(directory, { recursive: true });
});

/** Path → content. A skeleton is a project small enough to be read here. */
type Skeleton = Readonly<Record<string, string>>;

describe('the walls', async () => {
  const options = await extractDepcruiseOptions(join(root, '.dependency-cruiser.cjs'));
  const ruleNames = (options.ruleSet?.forbidden ?? []).map(({ name }) => name);

  test('stand: every file of src was looked at, and none breaks a rule', async () => {
    const result = await cruiseSource(root);
    const looked = result.modules.map(({ source }) => source).filter((source) => source.startsWith('src/'));
    expect(looked.toSorted()).toEqual(sourceFiles('src').toSorted());
    expect(result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual(
      [],
    );
  });

  test('let a project pass that keeps them', async () => {
    expect(await rulesBrokenIn(tidy)).toEqual([]);
  });

  /** Each row breaks one rule and no other, by one file laid over the tidy skeleton. */
  const breaches: readonly (readonly [rule: string, file: string, content: string])[] = [
    ['domain-doors', 'src/domain/wording.ts', `import '../policy.ts';`],
    ['ports-doors', 'src/ports.ts', `import './policy.ts';`],
    ['rotas-doors', 'src/rotas/on-call.ts', `import '../persistence/rows.ts';`],
    ['intake-doors', 'src/intake/filing.ts', `import '../engine/start.ts';`],
    ['mail-doors', 'src/mail/letter.ts', `import '../persistence/rows.ts';`],
    ['policy-doors', 'src/policy.ts', `import './persistence/rows.ts';`],
    ['config-doors', 'src/config.ts', `import './policy.ts';`],
    ['workflows-doors', 'src/workflows/incident.ts', `import '../persistence/rows.ts';`],
    ['workflows-doors', 'src/workflows/incident.ts', `import type { rows } from '../persistence/rows.ts';`],
    ['activities-doors', 'src/activities/record.ts', `import '../adapters/mail.ts';`],
    ['adapters-doors', 'src/adapters/mail.ts', `import '../persistence/rows.ts';`],
    ['egress-doors', 'src/egress.ts', `import './domain/incident.ts';`],
    ['persistence-doors', 'src/persistence/rows.ts', `import '../ports.ts';`],
    ['paging-doors', 'src/paging/links.ts', `import '../config.ts';`],
    ['chat-doors', 'src/chat/reading.ts', `import '../paging/links.ts';`],
    ['engine-doors', 'src/engine/start.ts', `import '../workflows/incident.ts';`],
    ['api-doors', 'src/api/routes.ts', `import '../adapters/mail.ts';`],
    ['api-doors', 'src/api/routes.ts', `import type { mail } from '../adapters/mail.ts';`],
    ['wiring-doors', 'src/wiring.ts', `import './workflows/messages.ts';`],
    ['entry-doors', 'src/entry.ts', `import './wiring.ts';`],
    ['worker-doors', 'src/worker.ts', `import './engine/start.ts';`],
    ['server-doors', 'src/server.ts', `import './api/routes.ts';`],
    ['cli-doors', 'src/cli.ts', `import './persistence/rows.ts';`],
    ['participants-doors', 'src/participants/saml.ts', `import '../persistence/rows.ts';`],
    ['lists-of-participants-are-read-in-participants', 'src/api/routes.ts', `import 'saxes';`],
    ['every-file-has-a-room', 'src/leftovers/text.ts', `import '../domain/incident.ts';`],
    ['activities-enter-workflows-as-types', 'src/workflows/incident.ts', `import '../activities/record.ts';`],
    ['domain-is-pure', 'src/domain/incident.ts', `import 'zod';`],
    ['domain-is-pure', 'src/domain/incident.ts', `import type { z } from 'zod';`],
    ['domain-is-pure', 'src/domain/incident.ts', `import 'node:assert';`],
    ['ports-are-pure', 'src/ports.ts', `import type { z } from 'zod';`],
    ['workflow-packages', 'src/workflows/incident.ts', `import 'zod';`],
    ['workflow-packages', 'src/workflows/incident.ts', `import 'node:crypto';`],
    ['activity-packages', 'src/activities/record.ts', `import 'zod';`],
    ['temporal-has-its-rooms', 'src/api/routes.ts', `import '@temporalio/client';`],
    ['sql-lives-in-persistence', 'src/api/routes.ts', `import 'pg';`],
    ['calendars-live-in-rotas', 'src/api/routes.ts', `import 'temporal-polyfill';`],
    ['mail-is-read-in-mail', 'src/api/routes.ts', `import 'mailparser';`],
    ['http-leaves-by-egress', 'src/adapters/mail.ts', `import 'undici';`],
    ['trust-in-mail-lives-in-mail', 'src/api/routes.ts', `import 'openpgp';`],
    ['adapters-are-strangers', 'src/adapters/mail.ts', `import './chat.ts';`],
    ['src-stands-alone', 'src/api/routes.ts', `import '../../dev/stand.ts';`],
    ['production-dependencies', 'src/api/routes.ts', `import 'vitest';`],
    ['imports-resolve', 'src/api/routes.ts', `import './nowhere.ts';`],
    ['no-cycles', 'src/domain/incident.ts', `import './clocks.ts';`],
  ];

  test.each(breaches)('report %s when %s says %s', async (rule, file, content) => {
    expect(await rulesBrokenIn({ ...tidy, [file]: content })).toEqual([rule]);
  });

  test('have each rule broken above', () => {
    expect(new Set(breaches.map(([rule]) => rule))).toEqual(new Set(ruleNames));
  });

  async function rulesBrokenIn(skeleton: Skeleton): Promise<readonly string[]> {
    const { summary, modules } = await cruiseSource(built(skeleton));
    const expected = Object.keys(skeleton).filter((path) => path.startsWith('src/'));
    expect(modules.map(({ source }) => source)).toEqual(expect.arrayContaining(expected));
    return [...new Set(summary.violations.map(({ rule }) => rule.name))];
  }

  async function cruiseSource(baseDir: string): Promise<ICruiseResult> {
    const { output } = await cruise(['src'], { ...options, baseDir });
    if (typeof output === 'string') throw new Error('expected the result of a cruise, got a report');
    return output;
  }
});

describe('the manners', () => {
  /** File → the bans that its lines break, one a line. */
  const breaches: Readonly<Record<string, readonly (readonly [ban: string, line: string])[]>> = {
    'src/api/breaches.ts': [
      ['typescript(no-floating-promises)', `Promise.resolve(1);`],
      [
        'typescript(switch-exhaustiveness-check)',
        `export function f(x: 'a' | 'b'): void { switch (x) { case 'a': return; } }`,
      ],
      ['typescript(no-explicit-any)', `export const untyped = (value: any): unknown => value;`],
      ['typescript(no-non-null-assertion)', `export const first = (list: string[]): string => list[0]!;`],
      ['eslint(no-restricted-properties)', `export const port = process.env['PORT'];`],
      ['eslint(no-restricted-properties)', `export const { HOST } = process.env;`],
      ['eslint(no-restricted-properties)', `export const held = globalThis.process;`],
      ['eslint(no-restricted-imports)', `import { env } from 'node:process'; export const all = env;`],
      ['typescript(no-import-type-side-effects)', `import { type A } from './a.ts'; export type Same = A;`],
      ['eslint(no-console)', `console.log('hello');`],
      ['import(no-default-export)', `export default 1;`],
    ],
    'src/api/a.ts': [['import(no-cycle)', `import { b } from './b.ts'; export type A = typeof b; b();`]],
    'src/api/b.ts': [['import(no-cycle)', `import './a.ts'; export const b = (): void => undefined;`]],
    'src/domain/clock.ts': [
      ['eslint(no-restricted-properties)', `export const now = Date.now();`],
      ['eslint(no-restricted-properties)', `export const chance = Math.random();`],
      ['eslint(no-restricted-globals)', `export const instant = Temporal.Now.instant();`],
      ['eslint(no-restricted-globals)', `export const hidden = globalThis.Temporal;`],
      ['eslint(no-restricted-globals)', `export const since = performance.now();`],
      ['eslint(no-restricted-globals)', `export const id = crypto.randomUUID();`],
      ['eslint(no-restricted-globals)', `export const where = process.cwd();`],
    ],
    'src/workflows/incident.ts': [
      ['eslint(no-restricted-globals)', `export const instant = Temporal.Now.instant();`],
      ['eslint(no-restricted-globals)', `export const hidden = globalThis.Temporal;`],
      ['eslint(no-restricted-globals)', `setInterval(() => undefined, 1000);`],
    ],
    'test/focused.test.ts': [
      [
        'vitest(no-focused-tests)',
        `import { expect, test } from 'vitest'; test.only('t', () => { expect(1).toBe(1); });`,
      ],
    ],
  };
  const allowed: Skeleton = {
    'src/config.ts': `export const port = process.env['PORT'];`,
    'src/workflows/clock.ts': `export const now = Date.now();`,
    'src/domain/day.ts': `export const day = (atMs: number): string => new Date(atMs).toISOString();`,
    'src/worker.ts': `process.once('exit', () => undefined);`,
    'dev/stand.ts': `console.log(process.env['PORT']);`,
    'vitest.config.ts': `export default {};`,
  };

  test('report each ban where it is broken, and nothing where it does not hold', () => {
    const broken = Object.entries(breaches).map(
      ([file, lines]) => [file, lines.map(([, line]) => line).join('\n')] as const,
    );
    const reported = lint(built({ ...allowed, ...Object.fromEntries(broken) }));
    const expected = Object.entries(breaches).flatMap(([file, lines]) =>
      lines.map(([ban], index) => `${file}:${index + 1} ${ban}`),
    );
    expect(reported.toSorted()).toEqual(expected.toSorted());
  });

  function lint(directory: string): readonly string[] {
    writeFileSync(join(directory, '.oxlintrc.json'), readFileSync(join(root, '.oxlintrc.json')));
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(tsconfig));
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
    const { diagnostics } = JSON.parse(oxlint(directory)) as {
      readonly diagnostics: readonly {
        readonly code: string;
        readonly filename: string;
        readonly labels: readonly { readonly span: { readonly line: number } }[];
      }[];
    };
    return diagnostics.map(({ code, filename, labels }) => `${filename}:${labels[0]?.span.line} ${code}`);
  }

  const tsconfig = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { rootDir: '.', typeRoots: [join(root, 'node_modules/@types')] },
    include: ['src', 'test', 'dev'],
  };
});

function oxlint(directory: string): string {
  const executable = join(root, 'node_modules/oxlint/bin/oxlint');
  try {
    return execFileSync(process.execPath, [executable, '--type-aware', '--format=json'], {
      cwd: directory,
      encoding: 'utf8',
    });
  } catch (error) {
    // It found something, as it should here: what it found is in its output all the same.
    return (error as { readonly stdout: string }).stdout;
  }
}

describe('a source file', () => {
  test('is named for its noun, in src and in every folder of it', () => {
    const named = sourceFiles('src').flatMap((path) => path.replace(/[.]ts$/, '').split('/'));
    const dumpingGrounds = /^(utils?|common|helpers?|types?|services?|misc|lib|shared)$/;
    expect(named.filter((name) => dumpingGrounds.test(name))).toEqual([]);
  });

  test.each([
    ['new Date()', 1],
    ['const now = Date()', 1],
    ['new globalThis.Date()', 1],
    ['new Date(atMs)', 0],
    ['// new Date()', 0],
    ['Date.parse(text)', 0],
  ])('reads the clock by %s: %i times', (content, times) => {
    expect(clockReadings(content)).toHaveLength(times);
  });

  test('of the domain is told the time and never asks', () => {
    const readings = sourceFiles('src/domain').flatMap((path) =>
      clockReadings(readFileSync(join(root, path), 'utf8')).map((reading) => `${path}: ${reading}`),
    );
    expect(readings).toEqual([]);
  });
});

describe('the workflows', () => {
  const workflowsPath = join(root, 'src/workflows/index.ts');
  const modules: string[] = [];
  let code: string;
  beforeAll(async () => {
    ({ code } = await bundleWorkflowCode({
      workflowsPath,
      logger: new DefaultLogger('ERROR'),
      webpackConfigHook: (config) => ({
        ...config,
        plugins: [
          ...(config.plugins ?? []),
          (compiler) => {
            compiler.hooks.done.tap('modules', ({ compilation }) => {
              for (const module of compilation.modules) {
                modules.push(relative(root, module.nameForCondition() ?? ''));
              }
            });
          },
        ],
      }),
    }));
  });

  test('make a bundle of at most 1 MB, its source map aside', () => {
    const [executed = ''] = code.split('//# sourceMappingURL=');
    expect(executed.length).toBeGreaterThan(100_000);
    expect(executed.length).toBeLessThanOrEqual(1024 * 1024);
  });

  test('reach the rules and no other room', () => {
    const rooms = modules.filter((path) => path.startsWith('src/')).map((path) => path.split('/')[1]);
    expect(new Set(rooms)).toEqual(new Set(['domain', 'workflows']));
  });

  test('reach the SDK and what it needs, and no other package', () => {
    const packages = modules.flatMap((path) => /^node_modules[/]((?:@[^/]+[/])?[^/]+)/.exec(path)?.[1] ?? []);
    const expected = ['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc'];
    expect(new Set(packages)).toEqual(new Set(expected));
  });

  test('have no default export, which would answer to every unknown name', () => {
    expect(exportedNames(workflowsPath)).not.toContain('default');
  });
});

function clockReadings(content: string): readonly string[] {
  const readings: string[] = [];
  const visit = (node: ts.Node): void => {
    const isCreation = ts.isNewExpression(node) && (node.arguments ?? []).length === 0;
    if (
      (isCreation || ts.isCallExpression(node)) &&
      /^(globalThis[.])?Date$/.test(node.expression.getText())
    ) {
      readings.push(node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', content, ts.ScriptTarget.ES2023, true));
  return readings;
}

/** What the module offers by name; a bare `export *` counts as `*`. */
function exportedNames(path: string): readonly string[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
  return source.statements.flatMap((statement) => {
    if (ts.isExportAssignment(statement)) return ['default'];
    if (!ts.isExportDeclaration(statement)) return [];
    const clause = statement.exportClause;
    return clause !== undefined && ts.isNamedExports(clause)
      ? clause.elements.map(({ name }) => name.text)
      : ['*'];
  });
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`);
}

function built(skeleton: Skeleton): string {
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-architecture-'));
  temporaryDirectories.push(directory);
  for (const [path, content] of Object.entries(skeleton)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), `${content}\n`);
  }
  return directory;
}

/** Every room once, each using the doors that it has. */
const tidy: Skeleton = {
  'package.json': JSON.stringify({
    type: 'module',
    dependencies: Object.fromEntries(
      [
        '@temporalio/client',
        '@temporalio/workflow',
        '@temporalio/activity',
        'mailparser',
        'openpgp',
        'pg',
        'saxes',
        'temporal-polyfill',
        'undici',
        'zod',
      ].map((name) => [name, '1.0.0']),
    ),
    devDependencies: { vitest: '1.0.0' },
  }),
  ...installed('@temporalio/client'),
  ...installed('@temporalio/workflow'),
  ...installed('@temporalio/activity'),
  ...installed('mailparser'),
  ...installed('openpgp'),
  ...installed('pg'),
  ...installed('saxes'),
  ...installed('temporal-polyfill'),
  ...installed('undici'),
  ...installed('zod'),
  ...installed('vitest'),
  'tsconfig.json': '{}',
  'dev/stand.ts': `import '../src/domain/incident.ts';`,
  'src/domain/incident.ts': `export const incident = 1;`,
  'src/domain/clocks.ts': `import { incident } from './incident.ts'; export const clocks = incident;`,
  'src/ports.ts': `import './domain/incident.ts'; export const ports = 1;`,
  'src/rotas/on-call.ts': `import '../domain/incident.ts'; import 'temporal-polyfill'; export const rota = 1;`,
  'src/mail/letter.ts': `import '../domain/incident.ts'; import 'mailparser'; import 'openpgp'; export const letter = 1;`,
  'src/participants/saml.ts': `import '../domain/incident.ts'; import 'saxes'; export const list = 1;`,
  'src/policy.ts': `import './domain/incident.ts'; import './rotas/on-call.ts'; import 'zod';`,
  'src/config.ts': `import './domain/incident.ts'; import 'zod'; import 'node:path';`,
  'src/workflows/messages.ts': `import '../domain/incident.ts';`,
  'src/workflows/incident.ts': `
    import '@temporalio/workflow'; import '../domain/incident.ts'; import './messages.ts';
    import type { record } from '../activities/record.ts';`,
  'src/activities/record.ts': `
    import '@temporalio/activity'; import 'node:crypto';
    import '../domain/incident.ts'; import '../ports.ts'; import '../persistence/rows.ts'; import '../paging/links.ts';
    export const record = 1;`,
  'src/egress.ts': `import 'undici'; import 'node:net'; export const egress = 1;`,
  'src/adapters/mail.ts': `import '../domain/incident.ts'; import '../ports.ts'; export const mail = 1;`,
  'src/adapters/chat.ts': `import '../ports.ts'; import '../egress.ts';`,
  'src/persistence/rows.ts': `import 'pg'; import '../domain/incident.ts'; export const rows = 1;`,
  'src/paging/links.ts': `
    import 'node:crypto';
    import '../domain/incident.ts'; import '../ports.ts'; import '../persistence/rows.ts'; export const links = 1;`,
  'src/engine/start.ts': `
    import '@temporalio/client';
    import '../domain/incident.ts'; import '../persistence/rows.ts'; import '../workflows/messages.ts';
    import '../paging/links.ts';`,
  'src/api/routes.ts': `
    import '../domain/incident.ts'; import '../persistence/rows.ts'; import '../engine/start.ts';
    import '../paging/links.ts';`,
  'src/wiring.ts': `
    import './config.ts'; import './policy.ts'; import './ports.ts'; import './domain/clocks.ts';
    import './activities/record.ts'; import './egress.ts'; import './adapters/mail.ts'; import './adapters/chat.ts';
    import './persistence/rows.ts'; import './paging/links.ts'; import './engine/start.ts'; import './api/routes.ts';
    import './mail/letter.ts';`,
  'src/entry.ts': `import './config.ts';`,
  'src/worker.ts': `import './config.ts'; import './wiring.ts'; import './entry.ts';`,
  'src/server.ts': `import './config.ts'; import './wiring.ts'; import './entry.ts';`,
  'src/cli.ts': `import './config.ts'; import './wiring.ts'; import './participants/saml.ts';`,
};

function installed(name: string): Skeleton {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
    [`node_modules/${name}/index.js`]: '',
  };
}
