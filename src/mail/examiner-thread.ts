/** What runs in the thread that examines: who sent a message, and what PGP in it hides and proves. */
import { parentPort } from 'node:worker_threads';

import { bareAddresses } from './addresses.ts';
import { authenticate } from './authentication.ts';
import type { Resolver } from './authentication/lookups.ts';
import { envelopeOf } from './envelope.ts';
import type { FromExaminer, PgpMeans, ToExamine, ToExaminer } from './examiner.ts';
import { readCertificate } from './pgp/certificates.ts';
import { openKey } from './pgp/keys.ts';
import { type PgpReading, readPgp } from './pgp/reading.ts';
import type { KnownSender } from './pgp/signatures.ts';

// A port between threads has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const say = (message: FromExaminer): void => parentPort?.postMessage(message);

interface Asked {
  readonly resolve: (records: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

const questions = new Map<number, Asked>();
let lastQuestion = 0;

/** The DNS is asked by whoever started the thread. */
const resolver: Resolver = (name, record) =>
  new Promise((resolve, reject) => {
    const question = ++lastQuestion;
    questions.set(question, { resolve, reject });
    say({ type: 'question', question, name, record });
  });

parentPort?.on('message', (message: ToExaminer) => {
  if (message.type === 'examine') void examine(message);
  else {
    const asked = questions.get(message.question);
    questions.delete(message.question);
    if (message.type === 'records') asked?.resolve(message.records);
    else asked?.reject(Object.assign(new Error('no records'), { code: message.code }));
  }
});

async function examine({
  id,
  bytes,
  authentication,
  pgp,
}: ToExamine & { readonly id: number }): Promise<void> {
  const [authenticated, read] = await Promise.all([
    authenticate(bytes, { ...authentication, resolver }),
    pgp === null ? null : examinePgp(bytes, pgp),
  ]);
  say({ type: 'examined', id, examination: { authentication: authenticated, pgp: read } });
}

async function examinePgp(bytes: Uint8Array, { keys, senders, at }: PgpMeans): Promise<PgpReading> {
  const { from } = envelopeOf(bytes, bareAddresses);
  const instant = new Date(at);
  const known = await Promise.all(senders.map((sender) => knownSender(sender, instant)));
  return readPgp(bytes, {
    keys: await Promise.all(keys.map((armored) => openKey(armored))),
    senders: known.filter((sender) => sender !== null),
    from: from.length === 1 ? (from[0]?.address ?? null) : null,
    at: instant,
  });
}

async function knownSender(
  { address, armored }: PgpMeans['senders'][number],
  at: Date,
): Promise<KnownSender | null> {
  const certificate = await readCertificate(armored, at);
  return 'problem' in certificate ? null : { address, certificate };
}
