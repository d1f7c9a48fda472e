import { readAudit } from '../../persistence/audit.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { AuditSchema } from '../schemas/audit.ts';
import { instantText } from '../schemas/values.ts';
import type { Office } from './deciding.ts';

/** What the watcher of the process saw last. */
export function addAudit({ app, dependencies }: Office): void {
  const { db, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'audit',
    method: 'GET',
    url: '/v1/audit',
    tag: 'Operations',
    summary: 'What is not as it must be, as the audit found it in its last minute',
    answer: { status: 200, schema: AuditSchema, description: 'All that is so now.' },
    subject: async () => NO_SUBJECT,
    async handle() {
      const { at, wellAt, findings } = await readAudit(db);
      return {
        at: instantText(at),
        wellAt: instantText(wellAt),
        isLate: at === null || now() - at > LATE_MS,
        findings: findings.map(({ kind, subject, detail, firstAt, lastAt, toldAt }) => ({
          kind,
          subject,
          detail,
          firstAt: instantText(firstAt),
          lastAt: instantText(lastAt),
          toldAt: instantText(toldAt),
        })),
      };
    },
  });
}

/** It looks each minute, and takes a while. */
const LATE_MS = 150_000;
