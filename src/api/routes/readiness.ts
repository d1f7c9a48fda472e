import { type OnCallReadiness, READINESS_DAYS } from '../../domain/readiness.ts';
import { readRecordedReadiness } from '../../persistence/readiness-facts.ts';
import { readinessOf } from '../../rotas/readiness.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { OnCallReadinessSchema, type OnCallReadinessView } from '../schemas/readiness.ts';
import { instantText } from '../schemas/values.ts';
import type { Office } from './deciding.ts';

/** Whether those who will be called can be reached, before they are. */
export function addReadiness({ app, dependencies }: Office): void {
  const { db, now, policy } = dependencies;
  addCall(app, dependencies, {
    verb: 'readiness',
    method: 'GET',
    url: '/v1/readiness',
    tag: 'On call',
    summary: 'Who will be called in the next 14 days, and whether they can be reached',
    answer: {
      status: 200,
      schema: OnCallReadinessSchema,
      description: 'Findings, and everybody who is on call or on a ladder.',
    },
    subject: async () => NO_SUBJECT,
    async handle() {
      const at = now();
      const { people, rules } = policy;
      const usernames = people.map(({ username }) => username);
      const recorded = await readRecordedReadiness(db, usernames, at);
      const facts = { people, ladders: rules.ladders, ...recorded, now: at, days: READINESS_DAYS };
      return viewOf(readinessOf(facts));
    },
  });
}

function viewOf({ from, until, findings, people }: OnCallReadiness): OnCallReadinessView {
  return {
    from: instantText(from),
    until: instantText(until),
    findings: findings.map((finding) => ({
      ...finding,
      from: instantText(finding.from),
      until: instantText(finding.until),
    })),
    people: people.map(({ username, onCallFrom, ways }) => ({
      username,
      onCallFrom: instantText(onCallFrom),
      ways: { ...ways },
    })),
  };
}
