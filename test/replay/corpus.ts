import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';

type History = temporal.api.history.v1.IHistory;

export interface Recorded {
  /** What it is and why it is there; its file's name. */
  readonly name: string;
  readonly history: History;
  /** As it lies in the file. */
  readonly json: string;
}

const DIRECTORY = fileURLToPath(new URL('./histories/', import.meta.url));

export function readCorpus(): readonly Recorded[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .toSorted()
    .map((name) => {
      const json = readFileSync(`${DIRECTORY}${name}.json`, 'utf8');
      return { name, json, history: historyFromJSON(JSON.parse(json)) };
    });
}

/** All that a history says, payloads decoded: what somebody who looks into Temporal can read. */
export function everythingSaidIn(json: string): string {
  const decoded: string[] = [];
  JSON.parse(json, (_key, value: unknown) => {
    if (typeof value === 'string') decoded.push(Buffer.from(value, 'base64').toString('utf8'));
    return value;
  });
  return [json, ...decoded].join('\n');
}
