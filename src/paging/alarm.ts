import { courseOf, isAlarming, operatorsLadder } from '../domain/alarm.ts';
import { alarmOverSheet, alarmSheet, alarmTakenSheet } from '../domain/alarm-wording.ts';
import { nextDueAt, nextPosition } from '../domain/ladder.ts';
import type { Sheet } from '../domain/page-wording.ts';
import type { Policy } from '../domain/policy.ts';
import {
  acknowledgeAlarm,
  type Alarm,
  alarmCallPrefix,
  beginAlarm,
  climbAlarmStep,
  endAlarm,
  exhaustAlarm,
  openAlarm,
  readAlarm,
  ringAlarmAgain,
} from '../persistence/alarms.ts';
import { type Finding, markTold, openFindings } from '../persistence/audit.ts';
import { type Contact, contactsOf, POLICY_CONTACT } from '../persistence/contacts.ts';
import type { Db } from '../persistence/database.ts';
import { keepMessages, type NewMessage, postMessages, tellSenders } from '../persistence/pager-messages.ts';
import { peopleOnRung, rotasAt } from './rung.ts';

/**
 * Calling those who run the system. Nothing here needs Temporal, because that may be what is broken: an alarm is a row,
 * and any worker climbs it.
 */
export interface AlarmDependencies {
  readonly db: Db;
  /** The policy in force. */
  readonly policy: Policy;
  /** Without a slash at the end. */
  readonly publicUrl: string;
}

/** Begins the alarm, lets it ring again or ends it, as the findings that are open now call for. */
export async function raiseAlarm(
  { db, policy }: Pick<AlarmDependencies, 'db' | 'policy'>,
  findings: readonly Finding[],
  at: number,
): Promise<ReturnType<typeof courseOf>> {
  const alarm = await openAlarm(db);
  const kinds = findings.filter((finding) => isAlarming(finding, at)).map(({ kind }) => kind);
  const course = courseOf(alarm, kinds, at);
  const ladder = operatorsLadder(policy);
  if (course === 'begin') await beginAlarm(db, { ladder, at });
  if (alarm === null) return course;
  if (course === 'ring-again') await ringAlarmAgain(db, { ...alarm, ladder, at });
  if (course === 'end' && (await endAlarm(db, { id: alarm.id, at })))
    await tell(db, alarm, { people: known(policy, alarm.called), sheet: alarmOverSheet(alarm.id), at });
  return course;
}

/** Climbs the next step of the alarm if it is due. @returns what was done, for the log. */
export async function climbAlarm(
  dependencies: AlarmDependencies,
  at: number,
): Promise<'climbed' | 'exhausted' | null> {
  const { db } = dependencies;
  const alarm = await openAlarm(db);
  if (alarm === null || alarm.nextStepAt === null || alarm.nextStepAt > at) return null;
  if (alarm.next === null) return (await exhaustAlarm(db, { ...alarm, at })) ? 'exhausted' : null;
  return (await climb(dependencies, { ...alarm, next: alarm.next, nextStepAt: alarm.nextStepAt }, at))
    ? 'climbed'
    : null;
}

/**
 * "I have it": nobody is called any more. The others who were called are told who has it.
 *
 * @returns the alarm as it is now: `acknowledgedBy` says who has it, first or not.
 */
export async function takeAlarm(
  { db, policy }: Pick<AlarmDependencies, 'db' | 'policy'>,
  { id, by, at }: { readonly id: string; readonly by: string; readonly at: number },
): Promise<Alarm | null> {
  const isFirst = await acknowledgeAlarm(db, { id, by, at });
  const alarm = await readAlarm(db, id);
  if (isFirst && alarm !== null) {
    const people = known(policy, alarm.called).filter((person) => person !== by);
    await tell(db, alarm, { people, sheet: alarmTakenSheet(id, by), at });
  }
  return alarm;
}

async function climb(
  { db, policy, publicUrl }: AlarmDependencies,
  alarm: Alarm & { readonly next: NonNullable<Alarm['next']>; readonly nextStepAt: number },
  at: number,
): Promise<boolean> {
  const { id, ring, ladder, next: step, nextStepAt: dueAt } = alarm;
  const targets = ladder.rungs[step.rung - 1]?.targets ?? [];
  const { called } = await peopleOnRung(rotasAt(db, at), targets, { policy, incident: null, at });
  const people = called.map(({ person }) => person.username);
  const next = nextPosition(ladder, step);
  const isEmpty = people.length === 0;
  const nextStepAt = nextDueAt(ladder, { rung: step.rung, dueAt, climbedAt: at, isEmpty });
  const usable = await usableContacts(db, people);
  const isClimbed = await db.transaction().execute(async (transaction) => {
    if (!(await climbAlarmStep(transaction, { id, ring, step, next, nextStepAt, people }))) return false;
    const findings = (await openFindings(transaction)).filter((finding) => isAlarming(finding, at));
    const content = alarmSheet({
      ...{ id, step, findings, timeZone: policy.calendar.timeZone, url: `${publicUrl}/v1/audit` },
      nextCallAt: next === null ? null : nextStepAt,
    });
    const prefix = `${alarmCallPrefix(id)}${ring}:${step.round}:${step.rung}`;
    await keepMessages(
      transaction,
      people.flatMap((person) => everyWay(person, usable, { prefix, content, at })),
    );
    await markTold(transaction, isEmpty ? [] : findings, at);
    return true;
  });
  if (isClimbed) tellSenders(db);
  return isClimbed;
}

interface Said {
  readonly prefix: string;
  readonly content: Sheet;
  readonly at: number;
}

/** By every contact at once: this does not wait for one of them to fail. */
function everyWay(
  person: string,
  usable: readonly Contact[],
  { prefix, content, at }: Said,
): readonly NewMessage[] {
  const message = (contact: string, method: NewMessage['method']): NewMessage => ({
    id: `${prefix}:${person}:${contact}`,
    ...{ person, contact, method, purpose: 'operators', content, at },
  });
  return [
    message(POLICY_CONTACT, 'mail'),
    ...usable.filter(({ username }) => username === person).map(({ id, kind }) => message(id, kind)),
  ];
}

/** By the first of their contacts: nothing is left for them to do. */
async function tell(
  db: Db,
  { id, ring }: Pick<Alarm, 'id' | 'ring'>,
  { people, sheet, at }: { readonly people: readonly string[]; readonly sheet: Sheet; readonly at: number },
): Promise<void> {
  const usable = await usableContacts(db, people);
  await postMessages(
    db,
    people.map((person) => {
      const own = usable.find(({ username }) => username === person);
      return {
        id: `operators:${id}:over:${ring}:${at}:${person}`,
        ...{ person, contact: own?.id ?? POLICY_CONTACT, method: own?.kind ?? 'mail' },
        ...{ purpose: 'operators', content: sheet, at },
      };
    }),
  );
}

async function usableContacts(db: Db, people: readonly string[]): Promise<readonly Contact[]> {
  const contacts = await contactsOf(db, people);
  return contacts.filter(({ verifiedAt, failed }) => verifiedAt !== null && failed === null);
}

/** Without those who have left the policy since. */
function known({ people }: Policy, usernames: readonly string[]): readonly string[] {
  return usernames.filter((one) => people.some(({ username }) => username === one));
}
