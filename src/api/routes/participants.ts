import { importParticipants, readParticipants } from '../../persistence/participants.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { ImportChangesSchema, ParticipantsImportBody, ParticipantsSchema } from '../schemas/participants.ts';
import { instantText } from '../schemas/values.ts';
import type { Office } from './deciding.ts';

/** A large federation and its peers: some ten thousand entities with a few contacts each. */
const IMPORT_BYTES_MAX = 32 * 1024 * 1024;

/** Who takes part in the federation, and whom a notice to them goes to. Source: IC-32. */
export function addParticipants({ app, dependencies }: Office): void {
  const { db, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'participants',
    method: 'GET',
    url: '/v1/participants',
    tag: 'Notices',
    summary: 'Every participant, with its contacts in the order in which they are told',
    answer: { status: 200, schema: ParticipantsSchema, description: 'All of them, by name.' },
    subject: async () => NO_SUBJECT,
    async handle() {
      const participants = await readParticipants(db);
      return {
        items: participants.map(({ importedAt, contacts, ...one }) => ({
          ...one,
          importedAt: instantText(importedAt),
          contacts: contacts.map(({ failedAt, ...contact }) => ({
            ...contact,
            failedAt: instantText(failedAt),
          })),
        })),
        nextCursor: null,
      };
    },
  });
  addCall(app, dependencies, {
    verb: 'participants-import',
    method: 'POST',
    url: '/v1/participants/import',
    tag: 'Notices',
    summary: 'Make the participants of a source what this list says',
    description:
      'Who came from the same source and is not in it is taken away. `tocsin participants-import` reads SAML metadata and CSV.',
    body: ParticipantsImportBody,
    bodyLimitBytes: IMPORT_BYTES_MAX,
    answer: { status: 200, schema: ImportChangesSchema, description: 'What changed, or would.' },
    subject: async () => NO_SUBJECT,
    async handle({ body: { source, participants, dryRun: isDryRun = false } }) {
      const changes = await importParticipants(db, { source, participants, at: now(), isDryRun });
      return {
        isDryRun,
        added: [...changes.added],
        changed: [...changes.changed],
        removed: [...changes.removed],
        elsewhere: [...changes.elsewhere],
        unchanged: changes.unchanged,
        withoutContact: participants.flatMap(({ id, contacts }) => (contacts.length === 0 ? [id] : [])),
      };
    },
  });
}
