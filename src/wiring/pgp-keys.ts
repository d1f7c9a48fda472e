import { readFile } from 'node:fs/promises';

import type { ServiceConfig } from '../config.ts';
import type { Policy } from '../domain/policy.ts';
import { openKey, UnusableKey } from '../mail/pgp/keys.ts';
import { mailboxKeyOf } from './mailbox-keys.ts';

/**
 * The private keys of the mailboxes, unlocked and armored, as they stay in the memory of the worker.
 *
 * @throws {RangeError} naming what cannot be used: a mailbox that the policy does not have, a file, a passphrase.
 */
export async function openPgpKeys(
  { pgpKeys }: Pick<ServiceConfig, 'pgpKeys'>,
  policy: Policy,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const opened = new Map<string, readonly string[]>();
  for (const { name, files, passphrase } of pgpKeys) {
    const setting = `TOCSIN_PGP_KEY_${name}`;
    const key = mailboxKeyOf(policy, name, setting);
    opened.set(key, await Promise.all(files.map((file) => opening({ setting, file, passphrase }))));
  }
  return opened;
}

interface Opening {
  readonly setting: string;
  readonly file: string;
  readonly passphrase: string | undefined;
}

async function opening({ setting, file, passphrase }: Opening): Promise<string> {
  const armored = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new RangeError(`${setting} names ${JSON.stringify(file)}, which cannot be read.`, { cause: error });
  });
  try {
    return (await openKey(armored, passphrase)).key.armor();
  } catch (error) {
    if (!(error instanceof UnusableKey)) throw error;
    throw new RangeError(`${setting} names ${JSON.stringify(file)}: ${error.message}`, { cause: error });
  }
}
