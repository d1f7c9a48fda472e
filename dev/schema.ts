import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Kysely, PostgresDialect } from 'kysely';
import { generate, type GenerateOptions, PostgresDialect as GeneratorDialect } from 'kysely-codegen';
import pg from 'pg';
import { format, resolveConfig } from 'prettier';

import { migrate } from '../src/persistence/migrate.ts';
import { ensureDatabase } from './postgres-database.ts';
import { startPostgres } from './postgres.ts';

/** What the migrations make, as committed: a change of them is read as a change of these. */
export const SCHEMA_FILES = {
  dump: fileURLToPath(new URL('../migrations/schema.sql', import.meta.url)),
  types: fileURLToPath(new URL('../src/persistence/schema-types.ts', import.meta.url)),
};

/** Kept by the migration tool about itself. */
const BOOKKEEPING = 'migrations';

/**
 * The schema as SQL, in one order whatever the history of the database. The embedded Postgres brings no pg_dump, and that
 * one's text changes with its version.
 */
export async function dumpSchema(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const parts = [];
    for (const query of PARTS) {
      const { rows } = await client.query<{ text: string }>(query);
      parts.push(...rows.map(({ text }) => text));
    }
    return `-- Made by \`node --import tsx dev/schema.ts --write\`; do not edit.\n\n${parts.join('\n\n')}\n`;
  } finally {
    await client.end();
  }
}

/** The tables as TypeScript, for kysely. */
export async function schemaTypes(databaseUrl: string): Promise<string> {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  // Its connections are still closing when the server is stopped, and say so here.
  pool.on('error', () => {});
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const source = await generate({
      // The generator is CommonJS and has other types of the same kysely.
      db: db as unknown as GenerateOptions['db'],
      dialect: new GeneratorDialect(),
      excludePattern: BOOKKEEPING,
      outFile: null,
      typeOnlyImports: true,
      customImports: Object.fromEntries(IMPORTED_TYPES.map(([file, name]) => [name, `${file}.ts#${name}`])),
      overrides: { columns: COLUMN_TYPES },
    });
    return await format(source, { ...(await resolveConfig(SCHEMA_FILES.types)), parser: 'typescript' });
  } finally {
    await db.destroy();
  }
}

/** What a CHECK holds a column to, and what the JSON in it is, said in our own types. */
const IMPORTED_TYPES = [
  ['../domain/commands', 'FactBody'],
  ['../domain/events', 'EventBody'],
  ['../domain/incident', 'Incident'],
  ['../domain/incident', 'PageTarget'],
  ['../domain/message', 'AutomaticAnswer'],
  ['../domain/message', 'BouncedRecipient'],
  ['../domain/message', 'Protection'],
  ['../domain/message', 'Verdict'],
  ['../domain/policy', 'Policy'],
  ['../domain/rules', 'Ladder'],
  ['../domain/tlp', 'Tlp'],
  ['../domain/vocabulary', 'Criticality'],
  ['../domain/vocabulary', 'PageReason'],
  ['../domain/vocabulary', 'PageState'],
  ['../domain/vocabulary', 'ReportChannel'],
  ['../domain/vocabulary', 'ReportKind'],
  ['../domain/vocabulary', 'Stage'],
  ['./intake', 'ReportBody'],
  ['./notice-recipients', 'RecipientState'],
  ['./pages', 'SkippedRung'],
  ['./participants', 'ParticipantContactKind'],
  ['./participants', 'ParticipantSource'],
] as const;

/** Read as a value, written as JSON text: the driver would write an array as a Postgres array. */
const json = (type: string): string => `ColumnType<${type}, string, string>`;
const jsonOrNull = (type: string): string =>
  `ColumnType<${type} | null, string | null | undefined, string | null>`;

const COLUMN_TYPES = {
  'clearances.label': 'Tlp',
  'events.body': json('EventBody'),
  'events.text_digests': json('Record<string, string>'),
  'idempotency.body': json('unknown'),
  'inbox.fact': json('FactBody'),
  'incidents.criticality': 'Criticality | null',
  'incidents.kind': 'ReportKind',
  'incidents.stage': 'Stage',
  'incidents.state': json('Incident'),
  'incidents.tlp': 'Tlp',
  'messages.authentication': 'ColumnType<unknown, string | null | undefined, string | null>',
  'messages.automatic_answer': jsonOrNull('AutomaticAnswer'),
  'messages.protection': jsonOrNull('Protection'),
  'messages.recipients': jsonOrNull('ReadonlyArray<BouncedRecipient>'),
  'messages.verdict': 'Verdict | null',
  'notice_recipients.state': 'RecipientState',
  'outgoing.label': 'Tlp',
  'outgoing.state': "'sending' | 'accepted' | 'refused' | 'withheld'",
  'pages.ladder': json('Ladder'),
  'pages.reason': 'PageReason',
  // Left to its default when a page begins.
  'pages.skipped': 'ColumnType<SkippedRung[], string | undefined, string>',
  'pages.state': 'PageState',
  'pages.target': json('PageTarget'),
  'participant_contacts.kind': 'ParticipantContactKind',
  'participants.source': 'ParticipantSource',
  'policies.body': json('Policy'),
  'reports.body': json('ReportBody & { readonly tlp: Tlp }'),
  'reports.channel': 'ReportChannel',
  'reports.kind': 'ReportKind',
  'texts.body': json('unknown'),
};

// Sorted by bytes: names would come otherwise where the database has another collation.

const EXTENSIONS = `
  SELECT 'CREATE EXTENSION ' || extname || ';' AS text
  FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname COLLATE "C"`;

/** Without those that an extension brought. */
const FUNCTIONS = `
  SELECT rtrim(pg_get_functiondef(p.oid), E'\\n') || ';' AS text
  FROM pg_proc p
  WHERE p.pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  ORDER BY p.proname COLLATE "C"`;

/** Columns in the order they have, then constraints by kind and name. NOT NULL stands at the column. */
const TABLES = `
  SELECT 'CREATE TABLE ' || c.relname || E' (\\n  '
    || string_agg(line.text, E',\\n  ' ORDER BY line.place COLLATE "C") || E'\\n);' AS text
  FROM pg_class c
  CROSS JOIN LATERAL (
    SELECT lpad(a.attnum::text, 4, '0') AS place,
      a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attidentity = 'a' THEN ' GENERATED ALWAYS AS IDENTITY' ELSE '' END
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
        || CASE WHEN a.attgenerated = 's' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
          ELSE coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') END AS text
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'x' || position(k.contype::text IN 'pufc') || k.conname,
      'CONSTRAINT ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
    FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c')
  ) AS line
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '${BOOKKEEPING}'
  GROUP BY c.relname ORDER BY c.relname COLLATE "C"`;

/** Without those that a constraint has already said. */
const INDEXES = `
  SELECT pg_get_indexdef(i.indexrelid) || ';' AS text
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE c.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
  ORDER BY c.relname COLLATE "C"`;

const TRIGGERS = `
  SELECT pg_get_triggerdef(t.oid) || ';' AS text
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
  ORDER BY t.tgname COLLATE "C"`;

const PARTS = [EXTENSIONS, FUNCTIONS, TABLES, INDEXES, TRIGGERS];

/** Both files anew, from an empty database that is made and thrown away. */
async function regenerate(): Promise<Readonly<Record<keyof typeof SCHEMA_FILES, string>>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-schema-'));
  try {
    const server = await startPostgres({ dataDir, preferredPort: 0 });
    try {
      const url = await ensureDatabase(server.url, { name: 'schema' });
      await migrate(url);
      return { dump: await dumpSchema(url), types: await schemaTypes(url) };
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** `--write` renews the files; without it, says whether they are as the migrations make them. */
async function main(): Promise<void> {
  const fresh = await regenerate();
  for (const [name, file] of Object.entries(SCHEMA_FILES)) {
    const text = fresh[name as keyof typeof SCHEMA_FILES];
    if (process.argv.includes('--write')) writeFileSync(file, text);
    else if (readFileSync(file, 'utf8') !== text) {
      console.error(
        `${file} is not what the migrations make: run \`node --import tsx dev/schema.ts --write\`.`,
      );
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
