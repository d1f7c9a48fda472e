import { generateKey, type KeyOptions } from 'openpgp';
import { type Certificate, readCertificate } from '../../../src/mail/pgp/certificates.ts';
import { openKey, type OwnKey } from '../../../src/mail/pgp/keys.ts';

/** Whole seconds: OpenPGP knows no others. */
export const AT = new Date(Math.floor(Date.now() / 1000) * 1000);

export const YEAR_MS = 365 * 86_400_000;

export interface PgpPerson {
  readonly address: string;
  readonly own: OwnKey;
  readonly certificate: Certificate;
  readonly armoredPrivate: string;
  readonly armoredPublic: string;
}

/** Somebody with a key, made a year ago. */
export async function pgpPerson(address: string, options: Partial<KeyOptions> = {}): Promise<PgpPerson> {
  const pair = await generateKey({
    userIDs: [{ name: address.slice(0, address.indexOf('@')), email: address }],
    date: new Date(AT.getTime() - YEAR_MS),
    ...options,
    format: 'armored',
  });
  return {
    address,
    own: await openKey(pair.privateKey, options.passphrase),
    certificate: await certificateOf(pair.publicKey),
    armoredPrivate: pair.privateKey,
    armoredPublic: pair.publicKey,
  };
}

export async function certificateOf(armored: string): Promise<Certificate> {
  const certificate = await readCertificate(armored, AT);
  if ('problem' in certificate) throw new Error(certificate.problem);
  return certificate;
}
