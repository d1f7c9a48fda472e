import type { Policy } from '../domain/policy.ts';
import { READINESS_DAYS } from '../domain/readiness.ts';
import { readinessSheet } from '../domain/readiness-wording.ts';
import type { Role } from '../domain/vocabulary.ts';
import { POLICY_CONTACT } from '../persistence/contacts.ts';
import type { Db } from '../persistence/database.ts';
import { postMessages } from '../persistence/pager-messages.ts';
import { readRecordedReadiness } from '../persistence/readiness-facts.ts';
import { readinessOf } from '../rotas/readiness.ts';
import { isoWeekAt } from '../rotas/wall-clock.ts';

/** Who sees to it that others can be reached. */
const TOLD: readonly Role[] = ['executive', 'admin'];

/**
 * Tells those who lead, by the mail address that the policy gives for them, who cannot be reached in the days to come. Once
 * in a week of the policy's calendar: called again it changes nothing. `policy` is the one in force, `at` in epoch ms.
 */
export async function postReadiness(
  db: Db,
  { policy, at }: { readonly policy: Policy; readonly at: number },
): Promise<void> {
  const { people, rules, calendar } = policy;
  const usernames = people.map(({ username }) => username);
  const recorded = await readRecordedReadiness(db, usernames, at);
  const { ladders } = rules;
  const readiness = readinessOf({ people, ladders, ...recorded, now: at, days: READINESS_DAYS });
  const content = readinessSheet(readiness, calendar.timeZone);
  const week = isoWeekAt(at, calendar.timeZone);
  const told = people.filter(({ roles }) => roles.some((role) => TOLD.includes(role)));
  await postMessages(
    db,
    told.map(({ username }) => ({
      id: `readiness:${week}:${username}`,
      person: username,
      contact: POLICY_CONTACT,
      method: 'mail',
      purpose: 'readiness',
      content,
      at,
    })),
  );
}
