import { takeAlarm } from '../../paging/alarm.ts';
import { type Alarm, openAlarm, readAlarm } from '../../persistence/alarms.ts';
import { AUDIT_LATE_MS, readAudit } from '../../persistence/audit.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { ProblemError } from '../problem.ts';
import { AlarmParams, AlarmSchema, type AlarmView, AuditSchema } from '../schemas/audit.ts';
import { instantText } from '../schemas/values.ts';
import type { Office } from './deciding.ts';

/** What the watcher of the process saw last, and the operators' alarm because of it. */
export function addAudit(office: Office): void {
  addLook(office);
  addAcknowledge(office);
}

function addLook({ app, dependencies }: Office): void {
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
      const [{ at, wellAt, findings }, alarm] = await Promise.all([readAudit(db), openAlarm(db)]);
      return {
        at: instantText(at),
        wellAt: instantText(wellAt),
        alarm: alarm === null ? null : viewOf(alarm),
        isLate: at === null || now() - at > AUDIT_LATE_MS,
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

/** Needs no Temporal: that may be what the alarm is about. */
function addAcknowledge({ app, dependencies }: Office): void {
  const { db, policy, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'audit-acknowledge',
    method: 'POST',
    url: '/v1/audit/alarms/:id/acknowledge',
    tag: 'Operations',
    summary: 'Take the operators’ alarm: nobody else is called; the first one wins',
    description:
      'An exhausted alarm can still be taken. It rings again when the audit finds something else, and after an hour while it is so.',
    params: AlarmParams,
    answer: {
      status: 200,
      schema: AlarmSchema,
      description: 'The alarm: `acknowledgedBy` says who has it, first or not.',
    },
    async subject(_actor, { id = '' }) {
      const alarm = await readAlarm(db, id);
      return { incident: null, about: { paged: alarm?.called ?? [] } };
    },
    async handle({ actor, params: { id } }) {
      const alarm = await takeAlarm({ db, policy }, { id, by: actor.username, at: now() });
      if (alarm === null)
        throw new ProblemError('not-found', 'There is no such alarm; `/v1/audit` shows the open one.');
      return viewOf(alarm);
    },
  });
}

function viewOf(alarm: Alarm): AlarmView {
  const { id, state, ring, climbed, called, acknowledgedBy } = alarm;
  return {
    id,
    state,
    beganAt: instantText(alarm.beganAt),
    endedAt: instantText(alarm.endedAt),
    ring,
    round: climbed?.round ?? null,
    rung: climbed?.rung ?? null,
    nextStepAt: instantText(alarm.nextStepAt),
    acknowledgedBy,
    acknowledgedAt: acknowledgedBy === null ? null : instantText(alarm.settledAt),
    called: [...called],
  };
}
