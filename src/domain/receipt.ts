import { leadWithinMs } from './calendar.ts';
import { emptyIncident } from './evolve.ts';
import type { ReportFacts } from './events.ts';
import type { Incident } from './incident.ts';
import type { Policy } from './policy.ts';
import { takeFact } from './process.ts';

/** What a door knows of a report that it takes in. */
export type Arrival = Omit<ReportFacts, 'reportId' | 'leadWithinMs'> & {
  /** Who tells the fact: the responder, or the process. */
  readonly by: string;
};

/** A report as the policy in force takes it: by when what is due, and the incident that it opens. */
export interface Receipt extends Omit<ReportFacts, 'reportId'> {
  readonly by: string;
  readonly replyWithinMs: number;
  readonly policy: { readonly name: string; readonly hash: string };
  /** The incident before its first event, as lists show it until its process has begun. */
  readonly initialState: (incidentId: string, reportId: string) => Incident;
}

/** The same for every door. */
export function receiptOf(policy: Policy, arrival: Arrival): Receipt {
  const { rules, leadTimes, calendar } = policy;
  const within = leadWithinMs(leadTimes, calendar, arrival.channel, arrival.receivedAt);
  const facts = { ...arrival, leadWithinMs: within };
  return {
    ...facts,
    replyWithinMs: rules.reply.withinMs,
    policy: { name: rules.name, hash: rules.hash },
    initialState: (incidentId, reportId) => atReceipt(policy, incidentId, { ...facts, reportId }),
  };
}

/** What the report alone says, at version 0. */
function atReceipt(
  { rules }: Policy,
  incidentId: string,
  { by, ...facts }: ReportFacts & { readonly by: string },
): Incident {
  const empty = emptyIncident(incidentId, rules);
  const fact = {
    factId: facts.reportId,
    by,
    at: facts.receivedAt,
    fact: { type: 'report', ...facts },
  } as const;
  const { incident } = takeFact(empty, fact, rules, facts.receivedAt);
  const { version, pages, effects, answered, counters } = empty;
  return { ...incident, version, pages, effects, answered, counters };
}
