import { z } from 'zod';
import { recordKeys } from '../../persistence/record-keys.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { createRecordSigner, publicKeyOf } from '../record-key.ts';
import type { Office } from './deciding.ts';

const KeysSchema = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        kid: z.string().meta({ description: 'What a signature names it by.' }),
        use: z.literal('sig'),
        alg: z.string(),
      }),
    ),
  })
  .meta({ id: 'Keys' });

/**
 * What a signed record is checked with, by anybody: whoever is shown one need not have an account. The keys of before are
 * among them, because records outlive them. Source: RFC 7517.
 */
export function addKeys({ app, dependencies }: Office): void {
  const { db, recordKey } = dependencies;
  const { publicKey } = createRecordSigner(recordKey);
  addCall(app, dependencies, {
    verb: 'keys',
    method: 'GET',
    url: '/v1/keys',
    tag: 'Pages',
    summary: 'The public keys that signed records are checked with',
    answer: {
      status: 200,
      schema: KeysSchema,
      description: 'A JSON Web Key Set: the present key first, then those of before.',
    },
    subject: async () => NO_SUBJECT,
    async handle() {
      const former = (await recordKeys(db)).filter(({ kid }) => kid !== publicKey.kid);
      return { keys: [publicKey, ...former.map(publicKeyOf)].map((key) => ({ ...key })) };
    },
  });
}
