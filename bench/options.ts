import { parseArgs } from 'node:util';

import { StandProblem } from '../dev/problem.ts';
import { FULL, QUICK, type Sizes } from './sizes.ts';

export interface Options {
  readonly isQuick: boolean;
  readonly sizes: Sizes;
  /** Where the raw figures go; undefined for nowhere. */
  readonly jsonFile: string | undefined;
  /** Names of measurements; empty means all of them. */
  readonly only: readonly string[];
}

/** What can be measured, in the order in which it is. */
export const MEASUREMENTS = [
  'warm-start',
  'notices',
  'intake',
  'mail-in',
  'first-page',
  'decision',
  'history',
  'lag',
  'storm',
  'memory',
  'replay',
] as const;

export type MeasurementName = (typeof MEASUREMENTS)[number];

const USAGE = `npm run bench [-- --quick] [-- --json <file>] [-- --only <name>,<name>]

Measures Tocsin beside the bare parts it is made of, on servers of its own, and prints one table.

  --quick         small numbers, to see that it works; its figures say little
  --json <file>   every single figure, for whoever wants to look closer
  --only <names>  some of: ${MEASUREMENTS.join(', ')}
  --help          this text
`;

/**
 * @returns undefined when only the usage is asked for, which is then printed.
 * @throws {StandProblem} naming what cannot be used.
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const { help, quick = false, json, only = '' } = parse(args);
  if (help === true) {
    process.stdout.write(USAGE);
    return undefined;
  }
  const names = only.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !(MEASUREMENTS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new StandProblem(`There is no measurement ${unknown}.\n\n${USAGE}`);
  return { isQuick: quick, sizes: quick ? QUICK : FULL, jsonFile: json, only: names };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        json: { type: 'string' },
        only: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    throw new StandProblem(`${cause instanceof Error ? cause.message : String(cause)}\n\n${USAGE}`, {
      cause,
    });
  }
}
