import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encryptKey, readPrivateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Policy } from '../../src/domain/policy.ts';
import { openPgpKeys } from '../../src/wiring/pgp-keys.ts';
import { policy } from '../support/incidents.ts';
import { pgpPerson } from '../unit/mail/pgp-people.ts';

const directory = mkdtempSync(join(tmpdir(), 'tocsin-pgp-'));
const [plain, locked, nothing] = ['plain', 'locked', 'nothing'].map((name) => join(directory, name));
const files = { plain: plain ?? '', locked: locked ?? '', nothing: nothing ?? '' };
let withMailbox: Policy;

beforeAll(async () => {
  const { armoredPrivate } = await pgpPerson('csirt@example.org');
  const privateKey = await readPrivateKey({ armoredKey: armoredPrivate });
  const encrypted = await encryptKey({ privateKey, passphrase: 'open sesame' });
  writeFileSync(files.plain, armoredPrivate);
  writeFileSync(files.locked, encrypted.armor());
  writeFileSync(files.nothing, 'no key');
  const mailbox = {
    ...{ key: 'on-call', addresses: ['csirt@example.org'], channel: 'mail', receivedBy: [] },
    ...{ answersAtOnce: true, pagesAtOnce: false },
  };
  withMailbox = { ...policy(), mailboxes: [mailbox] };
});
afterAll(() => rmSync(directory, { recursive: true }));

const open = (said: { name?: string; files: readonly string[]; passphrase?: string }) =>
  openPgpKeys({ pgpKeys: [{ name: 'ON_CALL', passphrase: undefined, ...said }] }, withMailbox);

describe('the private keys of a mailbox', () => {
  test('are opened, and are those of its key in the policy', async () => {
    const opened = await open({ files: [files.plain, files.locked], passphrase: 'open sesame' });
    expect([...opened.keys()]).toEqual(['on-call']);
    for (const armored of opened.get('on-call') ?? []) {
      expect((await readPrivateKey({ armoredKey: armored })).isDecrypted()).toBe(true);
    }
    expect(opened.get('on-call')).toHaveLength(2);
  });

  test.each([
    [{ files: [files.locked], passphrase: 'wrong' }, 'The passphrase does not open the PGP key'],
    [{ files: [files.locked] }, 'expected its passphrase'],
    [{ files: [files.nothing] }, 'expected one armored private key'],
    [{ files: [join(directory, 'absent')] }, 'which cannot be read'],
    [{ name: 'ABUSE', files: [files.plain] }, 'expected one of its keys (ON_CALL)'],
  ])('that cannot be used are refused, %#', async (said, expected) => {
    await expect(open(said)).rejects.toThrow(expected);
    await expect(open(said)).rejects.not.toThrow(/wrong|BEGIN/);
  });
});
