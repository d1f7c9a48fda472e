import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { isRunning, nextWake } from '../domain/clocks.ts';
import type { Incident } from '../domain/incident.ts';
import type { ProcessRules } from '../domain/rules.ts';

const STAGE = defineSearchAttributeKey('Stage', 'KEYWORD');
const CRITICALITY = defineSearchAttributeKey('Criticality', 'KEYWORD');
const TLP = defineSearchAttributeKey('Tlp', 'KEYWORD');
const LEAD = defineSearchAttributeKey('Lead', 'KEYWORD');
const REPLY_DUE_AT = defineSearchAttributeKey('ReplyDueAt', 'DATETIME');
const PAGE_LEVEL = defineSearchAttributeKey('PageLevel', 'INT');

/**
 * Keeps Temporal's own UI telling where an incident stands: live details and search attributes. Identifiers,
 * enumerations, usernames and instants only; search attributes are stored in the clear whatever else is encrypted.
 */
export class Display {
  readonly #shown = new Map<string, string>();

  show(incident: Incident, rules: ProcessRules): void {
    setCurrentDetails(detailsOf(incident, rules));
    const changed = attributesOf(incident).filter(({ key, value }) => this.#isNew(key.name, value));
    if (changed.length > 0) upsertSearchAttributes(changed);
  }

  /** Each change costs an event of history: what stands already is not said again. */
  #isNew(name: string, value: unknown): boolean {
    const text = value instanceof Date ? value.toISOString() : String(value);
    if (this.#shown.get(name) === text || (!this.#shown.has(name) && value === null)) return false;
    this.#shown.set(name, text);
    return true;
  }
}

function attributesOf(incident: Incident): SearchAttributeUpdatePair[] {
  const replyDueAt = nearest(incident.clocks.filter((clock) => clock.name === 'reply' && isRunning(clock)));
  const ringing = incident.pages.filter((page) => page.state === 'ringing' && page.rung > 0);
  return [
    { key: STAGE, value: incident.stage },
    { key: CRITICALITY, value: incident.criticality },
    { key: TLP, value: incident.tlp },
    { key: LEAD, value: incident.lead },
    { key: REPLY_DUE_AT, value: replyDueAt === null ? null : new Date(replyDueAt) },
    { key: PAGE_LEVEL, value: ringing.length === 0 ? null : Math.max(...ringing.map((page) => page.rung)) },
  ];
}

function nearest(clocks: Incident['clocks']): number | null {
  return clocks.length === 0 ? null : Math.min(...clocks.map((clock) => clock.dueAt));
}

function detailsOf(incident: Incident, rules: ProcessRules): string {
  const next = nextWake(incident, rules);
  const rows: readonly (readonly [string, string])[] = [
    ['stage', incident.stage],
    ['kind', incident.kind],
    ['criticality', incident.criticality ?? 'not assessed'],
    ['TLP', incident.tlp],
    ['lead', incident.lead ?? 'nobody'],
    ['rows due', keysIn(incident, 'due') || 'none'],
    [
      'rows done or waived',
      `${count(incident, 'done') + count(incident, 'waived')} of ${incident.actions.length}`,
    ],
    ['clocks', incident.clocks.filter(isRunning).map(clockLine).join('; ') || 'none run'],
    ['pages', incident.pages.map((page) => `${page.id} ${page.state}`).join('; ') || 'none'],
    ['next by itself', next === null ? 'nothing' : `${next.what}, ${new Date(next.at).toISOString()}`],
  ];
  return [
    `### ${incident.id}`,
    '',
    '| | |',
    '|---|---|',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
  ].join('\n');
}

function clockLine(clock: Incident['clocks'][number]): string {
  return `${clock.name} ${clock.state} until ${new Date(clock.dueAt).toISOString()}`;
}

function keysIn(incident: Incident, state: string): string {
  return incident.actions
    .filter((action) => action.state === state)
    .map((action) => action.key)
    .join(', ');
}

function count(incident: Incident, state: string): number {
  return incident.actions.filter((action) => action.state === state).length;
}
