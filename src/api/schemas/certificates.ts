import { z } from 'zod';
import { Instant, Text } from './values.ts';

const AN_ADDRESS = 'Expected a bare mail address, such as reporter@example.org';
const Address = z
  .string(AN_ADDRESS)
  .max(254, AN_ADDRESS)
  .regex(/^[^<>@\s]+@[^<>@\s]+$/, AN_ADDRESS);

export const CertificateParams = z.object({ id: z.string() });

export const CertificatesQuery = z.object({
  address: Address.exactOptional().meta({ description: 'Only those for this one.' }),
});

export const CertificateIn = z.strictObject({
  address: Address.meta({ description: 'Whose it is. Whoever gives it vouches for that.' }),
  armored: Text.meta({ description: 'One armored public key, as GnuPG exports it.' }),
});

export const CertificateSchema = z
  .object({
    id: z.string(),
    address: z.string(),
    fingerprint: z.string(),
    expiresAt: Instant.nullable().meta({ description: 'Null for never.' }),
    canEncrypt: z.boolean().meta({ description: 'Mail to the address can be encrypted with it, today.' }),
    addedBy: z.string(),
    addedAt: Instant,
    removedBy: z.string().nullable(),
    removedAt: Instant.nullable().meta({ description: 'Since then it is used for nothing.' }),
  })
  .meta({ id: 'Certificate' });

export const WholeCertificateSchema = CertificateSchema.extend({ armored: z.string() }).meta({
  id: 'WholeCertificate',
});

export const CertificatesSchema = z.object({ items: z.array(CertificateSchema), nextCursor: z.null() });

export type CertificateView = z.infer<typeof CertificateSchema>;
