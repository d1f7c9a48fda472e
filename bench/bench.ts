import { Client, Connection } from '@temporalio/client';

import type { Policy } from '../src/domain/policy.ts';
import { type Database, openDb } from '../src/persistence/database.ts';
import { loadPolicy } from '../src/policy.ts';
import { type Arrivals, startArrivals } from './arrivals.ts';
import type { Row } from './figures.ts';
import { type Floor, startFloor } from './floor.ts';
import type { Sizes } from './sizes.ts';
import { type Stand, startStand } from './stand.ts';

/** What every measurement is given: ours, the floor beside it, and the far end of both. */
export interface Bench {
  readonly sizes: Sizes;
  readonly stand: Stand;
  readonly floor: Floor;
  readonly arrivals: Arrivals;
  /** Of the stand's Temporal. */
  readonly client: Client;
  /** Of the stand's record: to prepare many incidents, and to see when ours has come to rest. */
  readonly database: Database;
  readonly policy: Policy;
}

export type Measure = (bench: Bench) => Promise<readonly Row[]>;

/** How everything that runs is stopped, the last one first. Filled on the way, so that half a bench can be stopped too. */
export type StopSteps = (() => Promise<void>)[];

export async function bringUp(sizes: Sizes, steps: StopSteps): Promise<Bench> {
  const arrivals = await startArrivals();
  steps.push(arrivals.stop);
  const stand = await startStand(arrivals.smtpUrl);
  steps.push(stand.stop);
  const client = new Client({ connection: await Connection.connect({ address: stand.temporal }) });
  steps.push(() => client.connection.close());
  const database = openDb(stand.database);
  steps.push(database.close);
  const floor = await startFloor({ stand, smtpUrl: arrivals.smtpUrl });
  steps.push(floor.stop);
  return { sizes, stand, floor, arrivals, client, database, policy: await loadPolicy(stand.policyFile) };
}
