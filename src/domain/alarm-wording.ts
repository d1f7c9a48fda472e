import type { LadderPosition } from './ladder.ts';
import { inBothTimes } from './local-time.ts';
import type { Sheet } from './page-wording.ts';

/** What is said to those who run the system: findings and identifiers, no words of an incident. */

/** So many findings are named; the others are counted, and found behind the link. */
const NAMED_MAX = 20;

export interface AlarmCall {
  /** `ALARM-1` */
  readonly id: string;
  readonly step: LadderPosition;
  /** When the next rung is called if nobody acknowledges; null for the last call. */
  readonly nextCallAt: number | null;
  readonly timeZone: string;
  readonly findings: readonly AlarmingFinding[];
  /** Of the audit. */
  readonly url: string;
}

interface AlarmingFinding {
  readonly kind: string;
  readonly subject: string;
  readonly detail: string;
}

/** A call because of what the audit has found. */
export function alarmSheet({ id, step, nextCallAt, timeZone, findings, url }: AlarmCall): Sheet {
  const count = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
  const kinds = [...new Set(findings.map(({ kind }) => kind))].join(', ');
  const take = `npx tocsin audit-acknowledge ${id}`;
  const next =
    nextCallAt === null
      ? 'This is the last call of this ring.'
      : `Without an acknowledgement the next call goes out at ${inBothTimes(nextCallAt, timeZone)}.`;
  return {
    subject: `OPERATORS [${id}]: the audit has ${count} (${kinds})`,
    body: [
      `Something is not as it must be, and was not mended by itself:\n${named(findings)}`,
      `How it stands now:\n${url}`,
      `To take it, so that nobody else is called:\n  ${take}`,
      `Round ${step.round}, rung ${step.rung}. ${next}`,
    ],
    short: `OPERATORS ${id}: the audit has ${count} (${kinds}). Take it: ${take}`,
    spoken: `The audit has ${count}: ${kinds}. Please look at the system, and acknowledge ${id.replaceAll('-', ' ')}.`,
    link: null,
    isUrgent: true,
  };
}

/** The others who were called need not get up any more. */
export function alarmTakenSheet(id: string, by: string): Sheet {
  return notice(`${by} has ${id}`);
}

export function alarmOverSheet(id: string): Sheet {
  return notice(`${id} is over: what the audit had found is not so any more`);
}

function notice(what: string): Sheet {
  return {
    subject: `OPERATORS: ${what}`,
    body: [`${what}. Nothing is left for you to do here.`],
    short: `OPERATORS: ${what}. Nothing left for you to do.`,
    spoken: `${what}. Nothing is left for you to do.`,
    link: null,
    isUrgent: false,
  };
}

function named(findings: readonly AlarmingFinding[]): string {
  const lines = findings
    .slice(0, NAMED_MAX)
    .map(({ kind, subject, detail }) => `${kind}  ${subject}: ${detail}`);
  const rest = findings.length - lines.length;
  return [...lines, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n');
}
