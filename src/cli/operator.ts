import { readFileSync } from 'node:fs';
import { type Config, readConfig } from '../config.ts';
import { isObject, objectOf } from './call.ts';
import { CommandFailure } from './exit-codes.ts';

/** What the operator’s verbs ask of the assembly; they work on Postgres and Temporal, without a server. */
export interface Operator {
  verifyRecord(config: Config): AsyncIterable<VerifiedIncident>;
  rebuild(config: Config): Promise<{ readonly incidents: number; readonly pages: number }>;
  migrateRecord(config: Config): Promise<unknown>;
}

export interface VerifiedIncident {
  readonly incidentId: string;
  readonly events: number;
  readonly firstBad: { readonly seq: number; readonly why: string } | null;
}

export interface OperatorVerb {
  readonly verb: keyof typeof VERBS;
  readonly summary: string;
}

export const OPERATOR_VERBS: readonly OperatorVerb[] = [
  { verb: 'verify', summary: 'check the chain and the texts of every incident’s record' },
  {
    verb: 'rebuild',
    summary: 'bring every open incident back to life from the record, after Temporal’s store was lost',
  },
  { verb: 'migrate', summary: 'bring the tables of the record up to date' },
];

/** Everything that an operator’s verb needs to say something. */
export interface OperatorCall {
  readonly operator: Operator;
  readonly config: Config;
  readonly isJson: boolean;
  readonly write: (line: string) => void;
}

export async function runOperatorVerb(verb: OperatorVerb['verb'], call: OperatorCall): Promise<void> {
  await VERBS[verb](call);
}

const VERBS = {
  verify: async ({ operator, config, isJson, write }: OperatorCall): Promise<void> => {
    const bad: VerifiedIncident[] = [];
    let incidents = 0;
    let events = 0;
    for await (const verified of operator.verifyRecord(config)) {
      incidents += 1;
      events += verified.events;
      if (verified.firstBad !== null) bad.push(verified);
      if (isJson) write(JSON.stringify(verified));
    }
    if (!isJson)
      write(
        `${incidents} incidents, ${events} events: ${bad.length === 0 ? 'all verify' : `${bad.length} do not verify`}`,
      );
    if (bad.length > 0) {
      throw new CommandFailure('verification-failed', 'The record does not verify.', {
        details: bad.map(
          ({ incidentId, firstBad }) =>
            `${incidentId}, event ${firstBad?.seq ?? '?'}: ${firstBad?.why ?? 'unknown'}`,
        ),
      });
    }
  },
  rebuild: async ({ operator, config, isJson, write }: OperatorCall): Promise<void> => {
    const rebuilt = await operator.rebuild(config);
    write(
      isJson ? JSON.stringify(rebuilt) : `rebuilt: ${rebuilt.incidents} incidents, ${rebuilt.pages} pages`,
    );
  },
  migrate: async ({ operator, config, isJson, write }: OperatorCall): Promise<void> => {
    await operator.migrateRecord(config);
    write(isJson ? '{}' : 'the record is up to date');
  },
} as const;

/**
 * The configuration from the environment, or, with the data directory of a stand, from the addresses that it wrote
 * there: a stand makes its database and its Temporal itself, so nobody has them in an environment.
 */
export function operatorConfig(standDirectory: string | undefined): Config {
  if (standDirectory === undefined) return readConfig();
  const stand = standAddresses(standDirectory);
  return readConfig({
    TOCSIN_DATA_DIR: standDirectory,
    TOCSIN_PUBLIC_URL: stand['api'],
    DATABASE_URL: stand['database'],
    SMTP_URL: stand['smtp'],
    TEMPORAL_ADDRESS: stand['temporal'],
    TOCSIN_TEMPORAL_UI_URL: stand['temporalUi'],
  });
}

function standAddresses(directory: string): Readonly<Record<string, string>> {
  const file = `${directory}/stand.json`;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure('usage', `There is no stand running in ${directory}: ${file} cannot be read.`, {
      cause,
    });
  }
  const stand = objectOf(text, file);
  return Object.fromEntries(
    Object.entries(stand).map(([name, value]) => [name, isObject(value) ? '' : String(value)]),
  );
}
