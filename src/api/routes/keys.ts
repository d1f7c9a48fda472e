import { z } from 'zod';
import { addCall, NO_SUBJECT } from '../call.ts';
import { createRecordSigner } from '../record-key.ts';
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

/** What a signed record is checked with, by anybody: whoever is shown one need not have an account. Source: RFC 7517. */
export function addKeys({ app, dependencies }: Office): void {
  const { publicKey } = createRecordSigner(dependencies.recordKey);
  addCall(app, dependencies, {
    verb: 'keys',
    method: 'GET',
    url: '/v1/keys',
    tag: 'Pages',
    summary: 'The public keys that signed records are checked with',
    answer: { status: 200, schema: KeysSchema, description: 'A JSON Web Key Set.' },
    subject: async () => NO_SUBJECT,
    handle: async () => ({ keys: [{ ...publicKey }] }),
  });
}
