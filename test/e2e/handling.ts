import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, vi } from 'vitest';

import type { IncidentExcerptView, IncidentView } from '../../src/api/schemas/incident.ts';
import type { PageView } from '../../src/api/schemas/pages.ts';
import type { Problem } from '../../src/api/problem.ts';
import type { ReportAcceptedView, ReportStatusView } from '../../src/api/schemas/reports.ts';
import type { TimelineItemView } from '../../src/api/schemas/timeline.ts';
import type { Answer, Stand } from '../support/stand.ts';

/** How long the far end may take on a busy machine before a test gives up. */
export const PATIENCE_MS = 45_000;

const LOOK_EVERY_MS = 100;

/** Everybody who has a token on the stand. */
export const PEOPLE = [
  ...['responder1', 'responder2', 'lead1', 'sponsor1', 'comms1', 'renisac1', 'legal1', 'counsel1'],
  ...['ops1', 'sme1', 'owner1', 'auditor1', 'admin1'],
] as const;

/** The people of the stand at work, through the HTTP API and nothing else. */
export interface Handling {
  report(body: object): Promise<ReportAcceptedView>;
  phone(as: string, body: object): Promise<ReportAcceptedView>;
  /** A step under an incident that is taken: the incident as it stands after it. */
  step(as: string, incidentId: string, path: string, body?: object): Promise<IncidentView>;
  /** A step under an incident, whatever becomes of it. */
  ask(as: string | undefined, incidentId: string, path: string, body?: object): Promise<Answer>;
  /** Any POST. What is unknown (503) is asked again under the same key, as every client should. */
  post(as: string | undefined, path: string, body?: object): Promise<Answer>;
  get(as: string | undefined, path: string): Promise<Answer>;
  incident(incidentId: string): Promise<IncidentView>;
  excerpt(as: string, incidentId: string): Promise<IncidentExcerptView>;
  status(report: ReportAcceptedView): Promise<ReportStatusView>;
  timeline(incidentId: string): Promise<readonly TimelineItemView[]>;
  /** The timeline document. */
  document(incidentId: string): Promise<string>;
  page(pageId: string): Promise<PageView>;
  acknowledge(as: string, pageId: string): Promise<PageView>;
}

export function handling(stand: () => Stand): Handling {
  const get = (as: string | undefined, path: string) =>
    stand().request('GET', path, { ...(as !== undefined && { as }) });

  async function post(as: string | undefined, path: string, body: object = {}): Promise<Answer> {
    const headers = { 'idempotency-key': randomUUID() };
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await stand().request('POST', path, { ...(as !== undefined && { as }), body, headers });
      if (answer.status !== 503 || performance.now() > untilMs) return answer;
      await sleep(LOOK_EVERY_MS);
    }
  }

  const ask = (as: string | undefined, incidentId: string, path: string, body?: object) =>
    post(as, `/v1/incidents/${incidentId}/${path}`, body);

  async function timeline(incidentId: string, cursor = ''): Promise<readonly TimelineItemView[]> {
    const from = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/v1/incidents/${incidentId}/timeline?limit=200${from}`;
    const { items, nextCursor } = bodyOf<TimelineList>(await get('auditor1', path), 200);
    return nextCursor === null ? items : [...items, ...(await timeline(incidentId, nextCursor))];
  }

  return {
    get,
    post,
    ask,
    timeline,
    report: async (body) => bodyOf(await post(undefined, '/v1/reports', body), 202),
    phone: async (as, body) => bodyOf(await post(as, '/v1/reports/phone', body), 202),
    step: async (as, incidentId, path, body) => bodyOf(await ask(as, incidentId, path, body), 200),
    incident: async (incidentId) => bodyOf(await get('auditor1', `/v1/incidents/${incidentId}`), 200),
    excerpt: async (as, incidentId) => bodyOf(await get(as, `/v1/incidents/${incidentId}`), 200),
    status: async ({ statusUrl }) => bodyOf(await get(undefined, pathOf(statusUrl)), 200),
    async document(incidentId) {
      const answer = await stand().request('GET', `/v1/incidents/${incidentId}/timeline`, {
        as: 'auditor1',
        headers: { accept: 'text/markdown' },
      });
      return bodyOf(answer, 200);
    },
    page: async (pageId) => bodyOf(await get('auditor1', `/v1/pages/${pageId}`), 200),
    acknowledge: async (as, pageId) => bodyOf(await post(as, `/v1/pages/${pageId}/acknowledge`), 200),
  };
}

interface TimelineList {
  readonly items: readonly TimelineItemView[];
  readonly nextCursor: string | null;
}

/** The body of an answer that has this status; anything else fails with what the server said. */
export function bodyOf<Body>(answer: Answer, status: number): Body {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  return answer.body as Body;
}

/** The code of a problem: the last part of its type. */
export function codeOf(answer: Answer): string {
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  return (answer.body as Problem).type.replace('urn:tocsin:problem:', '');
}

export function problemOf(answer: Answer): Problem {
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  return answer.body as Problem;
}

/** Looks again until the look gives something and what it expects holds, and gives that. */
export function eventually<Result>(look: () => Promise<Result>, timeoutMs = PATIENCE_MS): Promise<Result> {
  return vi.waitFor(look, { timeout: timeoutMs, interval: LOOK_EVERY_MS });
}

export function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** An assessment as the lead makes it; the fields that a test is about go over it. */
export function assessment(over: object = {}): object {
  return {
    isIncident: true,
    nature: 'compromising-use',
    dependsOnChangeManagement: true,
    scopeCriteria: ['participant-systems-or-keys'],
    criticality: 'escalation',
    criteria: ['production-systems'],
    tlp: 'AMBER',
    summary: 'An identity provider signs with a key that somebody else has as well',
    ...over,
  };
}

/** A report by form that nobody has to answer any more, led by `lead1`. */
export async function inTriage({ report, step }: Handling, over: object = {}): Promise<string> {
  const { incidentId } = await report({ summary: 'An identity provider signs for others', ...over });
  await step('responder1', incidentId, 'lead', { username: 'lead1' });
  await step('responder1', incidentId, 'reply', { unnecessary: true, reason: 'Found by ourselves.' });
  return incidentId;
}

/** The shortest honest way to the review: what must be done is done, the rest is waived by whose it is. */
async function inReview(desk: Handling): Promise<string> {
  const { step } = desk;
  const id = await inTriage(desk);
  await step('lead1', id, 'assessment', assessment());
  const legal = { contactedAt: '2026-01-05T15:00:00.000Z', method: 'phone', counsel: 'legal1' };
  await step('lead1', id, 'actions/engage-legal/complete', { outcome: legal });
  const data = { identity: 'no', health: 'no', basis: 'Only public metadata is there.' };
  await step('lead1', id, 'actions/protected-information/complete', { outcome: data });
  const reason = 'This is a small matter.';
  const waive = async (by: string, ...keys: readonly string[]) => {
    for (const key of keys) await step(by, id, `actions/${key}/waive`, { reason });
  };
  await waive('sponsor1', 'insurance-notice');
  await waive('lead1', 'contact-executive', 'convene-csirt', 'deliver-assessment');
  const conference = {
    channel: 'csirt-conference',
    heldAt: '2026-01-05T16:00:00.000Z',
    present: ['lead1', 'sponsor1'],
  };
  await step('lead1', id, 'reassessment', { ...assessment(), reason: 'Nothing new.', conference });
  await waive('lead1', ...['external-help', 'initial-remediation', 'agree-plan', 'engage-actors']);
  await waive('lead1', ...['act-on-plan', 'post-action-report', 'further-measures', 'act-on-next-steps']);
  await waive('sponsor1', 'involve-others', 'further-measures', 'act-on-next-steps');
  expect((await desk.incident(id)).stage).toBe('review');
  return id;
}

/** The same with the after-action review held: what is left is to close it. */
export async function readyToClose(desk: Handling): Promise<string> {
  const id = await inReview(desk);
  const outcome = {
    heldAt: '2026-01-09T16:00:00.000Z',
    present: ['lead1', 'sponsor1'],
    rootCause: 'A key was copied to a test system.',
    remediation: ['The key was replaced.'],
    followUps: [],
    documentedBy: 'lead1',
  };
  await desk.step('lead1', id, 'actions/after-action-review/complete', { outcome });
  return id;
}
