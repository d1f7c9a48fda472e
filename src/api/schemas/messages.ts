import { z } from 'zod';
import { VERDICTS } from '../../domain/message.ts';
import { Instant } from './values.ts';

const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'Expected the SHA-256 of the raw message: 64 hexadecimal digits in lower case');

export const MessageParams = z.object({ sha256: Sha256 });

export const MessageSchema = z
  .object({
    sha256: z.string(),
    mailbox: z.string().meta({ description: 'Which of ours it came to, by key.' }),
    receivedAt: Instant,
    size: z.int().meta({ description: 'In bytes.' }),
    wholeSize: z.int().nullable().meta({
      description: 'Of one that was too large, and of which only the head is kept: how many bytes it had.',
    }),
    seen: z.int().meta({ description: 'How often these very bytes came.' }),
    seenInAll: z.int().meta({
      description:
        'The same with the copies that came by other ways; of a copy, that of what it is a copy of.',
    }),
    verdict: z
      .enum(VERDICTS)
      .nullable()
      .meta({ description: 'What it is; null while it waits to be filed.' }),
    filedAt: Instant.nullable(),
    incidentId: z.string().nullable(),
    reportId: z.string().nullable(),
    messageId: z.string().nullable(),
    first: z.string().nullable().meta({
      description:
        'Of a duplicate: the message that it is a copy of. Of a report: the first message that bore the same Message-ID over other words.',
    }),
    recipients: z
      .array(z.object({ address: z.string(), state: z.string() }))
      .meta({ description: 'Of a bounce or a delay: whom it is about.' }),
    authentication: z.unknown().meta({ description: 'SPF, DKIM, DMARC and ARC as we found them.' }),
    protection: z
      .object({
        form: z.enum(['mime-encrypted', 'mime-signed', 'inline-encrypted', 'inline-signed', 'unknown']),
        isEncrypted: z.boolean().meta({ description: 'What was read came encrypted, whole and unaltered.' }),
        hasOutside: z
          .boolean()
          .meta({ description: 'It has words besides, which anybody can have put there.' }),
        problem: z.string().nullable().meta({ description: 'Why what is inside cannot be had.' }),
        signature: z.string().meta({
          description:
            '`valid`: made with a certificate that we were given for the From address. Anything else proves nobody.',
        }),
        signer: z.string().nullable().meta({ description: 'The fingerprint of a sound signature’s key.' }),
      })
      .nullable()
      .meta({ description: 'How it came in PGP; null where it did not.' }),
    automaticAnswer: z
      .object({ to: z.string().optional(), no: z.string().optional() })
      .nullable()
      .meta({ description: 'Where a machine may answer to, or why it may not (RFC 3834).' }),
    unparsedReason: z.string().nullable(),
  })
  .meta({ id: 'Message' });

export type MessageView = z.infer<typeof MessageSchema>;
