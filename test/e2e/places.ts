import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

import type { Mail } from '../../dev/mail-store.ts';
import type { Stand } from '../support/stand.ts';
import { eventually } from './handling.ts';

/** Something that somebody may come to read, byte for byte. */
export interface Piece {
  /** The place of the table that it belongs to. */
  readonly place: string;
  /** Which one it is there, for whoever looks into a finding. */
  readonly from: string;
  readonly bytes: Uint8Array;
}

/** Every mail as it was handed over, once for each who got it. */
export async function mailsIn(
  stand: Stand,
  placeOf: (recipient: string, mail: Mail) => string,
): Promise<readonly Piece[]> {
  const mails = await stand.mails();
  const pieces = await Promise.all(
    mails.map(async (mail) => {
      const bytes = await rawOf(stand, mail);
      const from = `“${mail.subject}” of ${mail.receivedAt}`;
      return mail.to.map((recipient) => ({ place: placeOf(recipient, mail), from, bytes }));
    }),
  );
  return pieces.flat();
}

export async function rawOf({ mail: url }: Stand, { id }: Mail): Promise<Buffer> {
  const response = await fetch(`${url}/mails/${id}/raw`);
  return Buffer.from(await response.arrayBuffer());
}

/** The logs of all processes, and what the stand has printed. */
export function logsOf(stand: Stand): readonly Piece[] {
  const printed = { place: 'logs', from: 'printed', bytes: Buffer.from(stand.output()) };
  return [printed, ...filesIn(join(stand.dataDir, 'logs'), 'logs')];
}

const History = temporal.api.history.v1.History;
const Description = temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse;

/** Of every run: its history, and its description with search attributes and memo; and what Temporal's store has on disk. */
export async function temporalOf(stand: Stand, client: Client): Promise<readonly Piece[]> {
  const pieces: Piece[] = [...filesIn(join(stand.dataDir, 'temporal'), 'store of Temporal')];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const [history, { raw }] = await Promise.all([handle.fetchHistory(), handle.describe()]);
    pieces.push(
      { place: 'histories', from: workflowId, bytes: History.encode(history).finish() },
      { place: 'descriptions of workflows', from: workflowId, bytes: Description.encode(raw).finish() },
    );
  }
  return pieces;
}

function filesIn(directory: string, place: string): readonly Piece[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => ({ place, from: name, bytes: readFileSync(join(parentPath, name)) }));
}

export interface Asking {
  readonly place: string;
  /** Null: nobody is signed in. */
  readonly as: string | null;
  readonly path: string;
  readonly accept?: string;
}

/** The whole answer, headers included. Who is told to come back later has read nothing, and comes back. */
export async function answered(stand: Stand, { place, as, path, accept = '*/*' }: Asking): Promise<Piece> {
  const url = path.startsWith('http') ? path : `${stand.api}${path}`;
  const authorization = as === null ? {} : { authorization: `Bearer ${stand.token(as)}` };
  const response = await eventually(async () => {
    const tried = await fetch(url, { headers: { accept, ...authorization } });
    if (tried.status === 503) throw new Error(`${path} cannot be read now`);
    return tried;
  });
  const head = `${response.status} ${JSON.stringify([...response.headers])}\n`;
  const body = Buffer.from(await response.arrayBuffer());
  const from = `${path} as ${as ?? 'nobody'}`;
  return { place, from, bytes: Buffer.concat([Buffer.from(head), body]) };
}

/** Everything of these incidents that somebody can ask for. */
export function pathsOf(incidents: readonly { readonly id: string; readonly pages: readonly string[] }[]) {
  return [
    ...['/v1/incidents', '/v1/pages', '/v1/duties', '/v1/duties?since=2020-01-01T00:00:00Z', '/v1/audit'],
    ...['/v1/readiness', '/v1/participants', '/v1/figures/paging', '/v1/rotas', '/v1/certificates'],
    ...incidents.flatMap(({ id, pages }) => [
      ...[
        '',
        '/timeline?limit=200',
        '/notices',
        '/notices/1',
        '/communication-plan',
        '/chat-log',
        '/uploads/1',
      ].map((path) => `/v1/incidents/${id}${path}`),
      ...pages.map((page) => `/v1/pages/${page}`),
    ]),
  ];
}
