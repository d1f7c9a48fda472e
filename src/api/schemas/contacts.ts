import { z } from 'zod';
import { CONTACT_KINDS } from '../../domain/contact.ts';
import { Instant, Text } from './values.ts';

export const ContactParams = z.object({ username: z.string(), id: z.string() });

const ContactKindSchema = z.enum(CONTACT_KINDS).meta({ id: 'ContactKind' });

export const ContactSchema = z
  .object({
    id: z.string(),
    kind: ContactKindSchema,
    address: z.string().meta({ description: 'Whole for its owner alone.' }),
    place: z.int().meta({ description: 'The contact at place 1 is tried first.' }),
    addedAt: Instant,
    verifiedAt: Instant.nullable().meta({ description: 'Before that it is not used.' }),
    failedAt: Instant.nullable().meta({
      description: 'Since then the far side refuses it for good; it is used again once it is verified anew.',
    }),
    failedBecause: z.string().nullable(),
  })
  .meta({ id: 'Contact' });

export const ContactsSchema = z.object({ items: z.array(ContactSchema), nextCursor: z.null() });

export const NewContactSchema = ContactSchema.extend({
  secret: z.string().nullable().meta({
    description:
      'What the messages to a webhook are signed with (Standard Webhooks). Shown this once; of the URL and its owner, so the same if it is added again.',
  }),
}).meta({ id: 'NewContact' });

export const ContactIn = z.strictObject({ kind: ContactKindSchema, address: Text });

export const CodeIn = z.strictObject({
  code: z
    .string()
    .regex(/^\d{6}$/, 'Expected six digits')
    .meta({ description: 'That was sent to the contact.' }),
});

export const PlaceIn = z.strictObject({ place: z.int().min(1).max(100) });

export type ContactView = z.infer<typeof ContactSchema>;
export type NewContactView = z.infer<typeof NewContactSchema>;
