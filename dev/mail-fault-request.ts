import { z } from 'zod';

import type { Fault, FaultScope } from './mail-faults.ts';

const request = z.strictObject({
  fault: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('answer'),
      code: z.union([421, 450, 451, 452, 550, 552, 554].map((code) => z.literal(code as 421))),
      text: z.string().optional(),
      at: z.enum(['recipient', 'data']).optional(),
    }),
    z.strictObject({ kind: z.literal('delay'), ms: z.int().nonnegative() }),
    z.strictObject({ kind: z.literal('drop'), keepsMail: z.boolean().optional() }),
    z.strictObject({ kind: z.literal('refuse-connections') }),
  ]),
  recipient: z.string().optional(),
  times: z.int().positive().optional(),
});

/** Reads `{fault, recipient?, times?}` as it comes over HTTP from a test in another process. */
export function parseFault(body: unknown): { readonly fault: Fault; readonly scope: FaultScope } {
  const { fault, ...scope } = request.parse(body);
  return { fault: fault as Fault, scope: scope as FaultScope };
}
