import { randomUUID } from 'node:crypto';
import { type Certificate, type CertificateProblem, readCertificate } from '../../mail/pgp/certificates.ts';
import {
  certificateOfId,
  certificatesFor,
  certificatesInUse,
  type GivenCertificate,
  giveCertificate,
  removeCertificate,
} from '../../persistence/pgp-certificates.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { ProblemError, wrongField } from '../problem.ts';
import {
  CertificateIn,
  CertificateParams,
  CertificateSchema,
  CertificatesQuery,
  CertificatesSchema,
  type CertificateView,
  WholeCertificateSchema,
} from '../schemas/certificates.ts';
import { instantText } from '../schemas/values.ts';
import type { Office } from './deciding.ts';

const PATH = '/v1/certificates';

const ONE = {
  tag: 'Certificates',
  params: CertificateParams,
  subject: async () => NO_SUBJECT,
} as const;

/** OpenPGP certificates of people outside: by these their signatures count, and mail to them is encrypted. */
export function addCertificates(office: Office): void {
  addReading(office);
  addChanging(office);
}

function addReading({ app, dependencies }: Office): void {
  const { db, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'certificates',
    method: 'GET',
    url: PATH,
    tag: 'Certificates',
    summary: 'The certificates in use, by address',
    query: CertificatesQuery,
    answer: { status: 200, schema: CertificatesSchema, description: 'All of them.' },
    subject: async () => NO_SUBJECT,
    async handle({ query: { address } }) {
      const given = await (address === undefined ? certificatesInUse(db) : certificatesFor(db, [address]));
      return { items: await Promise.all(given.map(async (one) => viewOf(one, now()))), nextCursor: null };
    },
  });
  addCall(app, dependencies, {
    ...ONE,
    verb: 'certificates',
    method: 'GET',
    url: `${PATH}/:id`,
    summary: 'One certificate, with the key itself; also one that was removed',
    answer: { status: 200, schema: WholeCertificateSchema, description: 'The certificate as it was given.' },
    async handle({ params: { id } }) {
      const given = await requireCertificate(dependencies, id);
      return { ...(await viewOf(given, now())), armored: given.armored };
    },
  });
}

function addChanging({ app, dependencies }: Office): void {
  const { db, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'certificate-change',
    method: 'POST',
    url: PATH,
    tag: 'Certificates',
    summary: 'Give the certificate of somebody outside, for their address',
    description:
      'Whoever gives it vouches that it is theirs: compare the fingerprint with them by another way first. From then on a signature of it counts as theirs.',
    body: CertificateIn,
    answer: { status: 200, schema: CertificateSchema, description: 'The certificate as it was understood.' },
    subject: async () => NO_SUBJECT,
    async handle({ actor, body: { address, armored } }) {
      const of = address.toLowerCase();
      const { fingerprint } = await usable(armored, of, now());
      const [id, addedAt] = [randomUUID(), now()];
      const given = { id, address: of, fingerprint, armored, addedBy: actor.username, addedAt };
      if (!(await giveCertificate(db, given))) {
        throw wrongField('invalid', '/armored', 'Expected one that is not in use for this address already.');
      }
      return viewOf({ ...given, removed: null }, now());
    },
  });
  addCall(app, dependencies, {
    ...ONE,
    verb: 'certificate-change',
    method: 'POST',
    url: `${PATH}/:id/remove`,
    summary: 'Remove a certificate: nothing is encrypted to it, and its signatures count for nobody',
    answer: { status: 200, schema: CertificateSchema, description: 'The certificate as it stands.' },
    async handle({ actor, params: { id } }) {
      await requireCertificate(dependencies, id);
      await removeCertificate(db, { id, by: actor.username, at: now() });
      return viewOf(await requireCertificate(dependencies, id), now());
    },
  });
}

async function requireCertificate({ db }: ApiDependencies, id: string): Promise<GivenCertificate> {
  const given = await certificateOfId(db, id);
  if (given === null) throw new ProblemError('not-found', 'There is no such certificate.');
  return given;
}

/** One that could verify or encrypt nothing for this address is refused, rather than found useless when it is needed. */
async function usable(armored: string, address: string, now: number): Promise<Certificate> {
  const at = new Date(now);
  const certificate = await readCertificate(armored, at);
  if ('problem' in certificate) throw wrongField('invalid', '/armored', EXPECTED[certificate.problem]);
  const { addresses, isRevoked, expiresAt } = certificate;
  if (isRevoked) throw wrongField('invalid', '/armored', 'Expected one that its owner has not withdrawn.');
  if (expiresAt !== null && expiresAt <= at) {
    throw wrongField(
      'invalid',
      '/armored',
      `Expected one in force; this one ended ${expiresAt.toISOString()}.`,
    );
  }
  if (!addresses.includes(address)) {
    throw wrongField(
      'invalid',
      '/address',
      `Expected an address that the certificate carries: ${addresses.join(', ') || 'it carries none'}.`,
    );
  }
  return certificate;
}

const EXPECTED: Readonly<Record<CertificateProblem, string>> = {
  damaged: 'Expected one armored public key; this cannot be read.',
  'private-key': 'Expected a public key; this is a private one, which nobody should have been given.',
  several: 'Expected one key; these are several.',
  'too-large': 'Expected one of a megabyte at most; export it without the signatures of others.',
  unusable: 'Expected a key that its owner has signed; this one has no valid signature of itself.',
};

async function viewOf(given: GivenCertificate, now: number): Promise<CertificateView> {
  const { id, address, fingerprint, armored, addedBy, addedAt, removed } = given;
  const certificate = await readCertificate(armored, new Date(now));
  const known = 'problem' in certificate ? null : certificate;
  return {
    id,
    address,
    fingerprint,
    expiresAt: instantText(known?.expiresAt?.getTime() ?? null),
    canEncrypt: known?.canEncrypt ?? false,
    addedBy,
    addedAt: instantText(addedAt),
    removedBy: removed?.by ?? null,
    removedAt: instantText(removed?.at ?? null),
  };
}
