/**
 * The walls. Rooms and doors as docs/architecture.md draws them: imports run one way, and each rule says why in words that
 * a newcomer can act on. Direct doors are enough: where every room may only open the doors listed here, what can be reached
 * through two of them is listed too. `test/architecture.test.ts` runs this file, and breaks each rule once to see it report.
 */

/** Room → rooms it may import, types included. A room is a file in src or a folder of that name. */
const rooms = {
  domain: [],
  ports: ['domain'],
  rotas: ['domain'],
  mail: ['domain'],
  policy: ['domain', 'rotas'],
  config: ['domain'],
  workflows: ['domain', 'activities'], // activities as types only: see activities-enter-workflows-as-types
  paging: ['domain', 'rotas', 'ports', 'persistence'],
  activities: ['domain', 'ports', 'paging', 'chat', 'persistence'],
  chat: ['domain', 'ports', 'persistence'],
  intake: ['domain', 'mail', 'ports', 'paging', 'persistence'],
  egress: [],
  participants: ['domain'],
  adapters: ['domain', 'ports', 'egress'],
  persistence: ['domain'],
  engine: ['domain', 'ports', 'persistence', 'paging', 'workflows/messages'],
  api: ['domain', 'rotas', 'mail', 'persistence', 'paging', 'engine'],
  wiring: [
    'domain',
    'ports',
    'policy',
    'config',
    'mail',
    'paging',
    'activities',
    'egress',
    'intake',
    'chat',
    'adapters',
    'persistence',
    'engine',
    'api',
  ],
  entry: ['config'],
  worker: ['wiring', 'config', 'entry'],
  server: ['wiring', 'config', 'entry'],
  cli: ['wiring', 'config', 'participants'],
};

const reasons = {
  domain: 'The rules import nothing but each other: they run in workflows, API and tests alike.',
  ports: 'The outside world is described in domain words only.',
  rotas: 'Who is on call is worked out of data alone: calendars in, people out.',
  mail: 'What a mail is, and whether it is what it says: bytes in, plain data out.',
  policy: 'A policy file becomes domain types at the door; it knows no room behind it.',
  config: 'The environment is read once, by the entry, and handed on as a value.',
  workflows: 'Whatever a workflow can reach is replayed. Activities enter by `import type` alone.',
  paging: 'Reaches people and hears their answers; it chooses no vendor and knows no process.',
  chat: 'Who is invited to a channel, and what was said in it; it chooses no vendor and knows no process.',
  activities: 'Adapters are injected through ports; an activity never chooses a vendor.',
  intake: 'What comes by mail is stored, read and filed; it chooses no vendor and knows no process.',
  egress: 'The way out guards and bounds; it does not know what is sent, or to whom.',
  participants: 'Lists of participants as federations publish them: bytes in, plain data out.',
  adapters: 'One outside system in domain words; no database, no process.',
  persistence: 'Rows in, domain types out: no HTTP, no Temporal.',
  engine: 'Our side of Temporal: it knows the messages of a workflow, never its code.',
  api: 'Translates HTTP to reads and messages, and performs nothing itself.',
  wiring: 'The only place that knows every room, but for workflows: the worker bundles those by path.',
  entry: 'What both long-running entries share: it reads the environment, and is given what it runs.',
  worker: 'An entry reads the environment and asks wiring for the parts.',
  server: 'An entry reads the environment and asks wiring for the parts.',
  cli: 'A command asks wiring for the parts, or the HTTP API like any other client.',
};

const files = (names) => `^src/(${names.join('|')})(/|[.]ts$)`;

const doors = (room) => ({
  name: `${room}-doors`,
  comment: reasons[room],
  severity: 'error',
  from: { path: files([room]) },
  to: { path: '^src/', pathNot: files([room, ...rooms[room]]) },
});

/** Packages that only certain rooms may import, so that replacing one means opening one room. */
const owned = (name, comment, packages, owners) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^src/', pathNot: files(owners) },
  to: { path: `^node_modules/(${packages})/` },
});

module.exports = {
  forbidden: [
    ...Object.keys(rooms).map(doors),
    {
      name: 'every-file-has-a-room',
      comment: 'A file outside the listed rooms has no doors to keep. Name its room here first.',
      severity: 'error',
      from: { path: '^src/', pathNot: files(Object.keys(rooms)) },
      to: {},
    },
    {
      name: 'activities-enter-workflows-as-types',
      comment: 'Their code would be bundled into the sandbox and replayed: write `import type`.',
      severity: 'error',
      from: { path: files(['workflows']) },
      to: { path: files(['activities']), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'domain-is-pure',
      comment:
        'No package and no node module: it runs in the workflow sandbox, and must read without infrastructure.',
      severity: 'error',
      from: { path: files(['domain']) },
      to: { pathNot: '^src/', couldNotResolve: false },
    },
    {
      name: 'ports-are-pure',
      comment: 'A port that speaks a package’s types has chosen the vendor already.',
      severity: 'error',
      from: { path: files(['ports']) },
      to: { pathNot: '^src/', couldNotResolve: false },
    },
    {
      name: 'workflow-packages',
      comment: 'Only the SDK is deterministic by promise.',
      severity: 'error',
      from: { path: files(['workflows']) },
      to: { pathNot: ['^src/', '^node_modules/@temporalio/(workflow|common)/'], couldNotResolve: false },
    },
    {
      name: 'activity-packages',
      comment: 'An activity that imports a vendor’s package is an adapter in the wrong room.',
      severity: 'error',
      from: { path: files(['activities']) },
      to: { path: 'node_modules/', pathNot: '^node_modules/@temporalio/(activity|common)/' },
    },
    owned(
      'temporal-has-its-rooms',
      'The other rooms outlive the workflow engine: they are told in our own words.',
      '@temporalio/[^/]+',
      ['workflows', 'activities', 'engine', 'wiring', 'worker'],
    ),
    owned(
      'sql-lives-in-persistence',
      'One room knows tables and transactions, and can be read to learn all of them.',
      'pg|@types/pg|kysely|node-pg-migrate',
      ['persistence'],
    ),
    owned(
      'calendars-live-in-rotas',
      'Time zones and recurrence are subtle; one room gets them right for all.',
      'rrule-temporal|temporal-polyfill',
      ['rotas'],
    ),
    owned(
      'mail-is-read-in-mail',
      'Strangers write what it parses: one room bounds it, in a thread of its own.',
      'mailparser',
      ['mail'],
    ),
    owned(
      'http-leaves-by-egress',
      'A second way out would have to guard itself against addresses inside, redirects and answers without end.',
      'undici|ipaddr[.]js',
      ['egress'],
    ),
    owned(
      'lists-of-participants-are-read-in-participants',
      'Others write what they parse: one room bounds it, and expands nothing.',
      'saxes|csv-parse',
      ['participants'],
    ),
    owned(
      'trust-in-mail-lives-in-mail',
      'Signatures of mail have traps that one room knows: what a library calls valid is not yet from whom it says.',
      'mailauth|openpgp',
      ['mail'],
    ),
    {
      name: 'adapters-are-strangers',
      comment:
        'One outside system each: what two adapters share belongs to the port, or to the folder of the system they both speak with.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+?)([.]ts$|/)' },
      to: { path: '^src/adapters/', pathNot: '^src/adapters/($1([.]ts$|/)|(matrix|irc)/)' },
    },
    {
      name: 'src-stands-alone',
      comment: 'No stand-in, test or measurement in production.',
      severity: 'error',
      from: { path: '^src/' },
      to: { pathNot: '^src/', dependencyTypes: ['local'] },
    },
    {
      name: 'production-dependencies',
      comment: 'The image carries no devDependencies: at run time this import would find nothing.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'imports-resolve',
      comment: 'A wall cannot be kept against an import that cannot be found.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other at run time are one file.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    // Type-only imports are seen, and marked as such: a type that crosses a wall ties two rooms together as well.
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
