import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { participantsOfCsv } from '../participants/csv.ts';
import type { ParticipantList } from '../participants/participant-list.ts';
import { participantsOfSaml } from '../participants/saml.ts';
import { CommandFailure } from './exit-codes.ts';

/** A list of participants as its file has it. SAML metadata is read piece by piece, whatever its size. */
export async function readParticipantList(
  file: string,
): Promise<ParticipantList & { readonly source: 'saml' | 'csv' }> {
  const source = /\.csv$/i.test(file) ? 'csv' : 'saml';
  try {
    const list =
      source === 'csv'
        ? participantsOfCsv(await readFile(file))
        : await participantsOfSaml(createReadStream(file, { highWaterMark: 256 * 1024 }));
    return { ...list, source };
  } catch (error) {
    if (!(error instanceof Error) || !('errno' in error)) throw error;
    throw new CommandFailure('usage', `${file} cannot be read.`, { cause: error });
  }
}
