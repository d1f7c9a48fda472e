import { z } from 'zod';
import { ADDRESS_FORMS } from '../../domain/contact.ts';
import { PARTICIPANT_CONTACT_KINDS, PARTICIPANT_SOURCES } from '../../persistence/participants.ts';
import { Instant } from './values.ts';

const { pattern, expected } = ADDRESS_FORMS.mail;

const Line = z.string().trim().min(1).max(1024);

const ImportedContact = z.strictObject({
  kind: z.enum(PARTICIPANT_CONTACT_KINDS),
  name: Line.nullable().default(null),
  address: z.string(`Expected ${expected}`).regex(pattern, `Expected ${expected}`),
});

export const ParticipantsImportBody = z.strictObject({
  source: z.enum(PARTICIPANT_SOURCES),
  dryRun: z.boolean().optional().meta({ description: 'Only says what would change.' }),
  participants: z
    .array(z.strictObject({ id: Line, name: Line, contacts: z.array(ImportedContact).max(100) }))
    .min(1, 'Expected at least one participant')
    .max(100_000)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, {
      message: 'Expected each id once',
    }),
});

export const ImportChangesSchema = z
  .object({
    isDryRun: z.boolean(),
    added: z.array(z.string()),
    changed: z.array(z.string()),
    removed: z.array(z.string()),
    elsewhere: z.array(z.string()).meta({
      description: 'Known from another source, and left as they are there.',
    }),
    unchanged: z.int(),
    withoutContact: z.array(z.string()).meta({ description: 'Of the import: nobody can be told there.' }),
  })
  .meta({ id: 'ParticipantsImported' });

export const ParticipantsSchema = z.object({
  items: z.array(
    z
      .object({
        id: z.string(),
        name: z.string(),
        source: z.enum(PARTICIPANT_SOURCES),
        importedAt: Instant,
        contacts: z.array(
          z.object({
            kind: z.enum(PARTICIPANT_CONTACT_KINDS),
            name: z.string().nullable(),
            address: z.string(),
            failedAt: Instant.nullable().meta({ description: 'When a notice to it came back.' }),
            failedBecause: z.string().nullable(),
          }),
        ),
      })
      .meta({ id: 'Participant' }),
  ),
  nextCursor: z.null(),
});
