import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cacheDirectory } from './cache.ts';

/** Pins the version of every module, and by go.sum its contents. */
export const MODULE_DIRECTORY = fileURLToPath(new URL('./temporal', import.meta.url));

/** The programs of one Temporal release that we can build, and where their sources are. */
export const PACKAGE_OF = {
  /** The command line, with the development server and the Web UI. */
  temporal: 'github.com/temporalio/cli/cmd/temporal',
  /** The server of production. */
  'temporal-server': 'go.temporal.io/server/cmd/server',
  /** Makes the server's tables; they are inside it. */
  'temporal-sql-tool': 'go.temporal.io/server/cmd/tools/sql',
  /** The Web UI by itself. */
  'temporal-ui-server': 'github.com/temporalio/ui-server/v2/cmd/server',
} as const satisfies Readonly<Record<string, string>>;

export type TemporalProgram = keyof typeof PACKAGE_OF;

/** Of the command line; the server's own is in go.mod. */
export function releaseVersion(): string {
  const version = /github\.com\/temporalio\/cli v(\S+)/.exec(moduleFile('go.mod'))?.[1];
  if (version === undefined) throw new Error('go.mod names the version of the command line');
  return version;
}

/** Named after the version and the checksums of all modules, so that what another checkout built is used only if it is the same. */
export function releaseDirectory(): string {
  const digest = createHash('sha256').update(moduleFile('go.mod')).update(moduleFile('go.sum')).digest('hex');
  return join(cacheDirectory(), `temporal-${releaseVersion()}-${digest.slice(0, 12)}`);
}

function moduleFile(name: string): string {
  return readFileSync(join(MODULE_DIRECTORY, name), 'utf8');
}
