import { ruleOf } from '../domain/actions-matrix.ts';
import type { Incident, PartDone, Suspension } from '../domain/incident.ts';
import { noticesOf } from '../domain/notices/notice.ts';
import type { Policy } from '../domain/policy.ts';
import { severityReasons } from '../domain/severity.ts';
import { concerns, waitingFor, type Waiting } from '../domain/waiting-for.ts';
import type { Actor } from '../domain/actor.ts';
import type { Bounced } from '../persistence/bounced-addresses.ts';
import type { ReportBody } from '../persistence/intake.ts';
import type { TemporalNames } from './dependencies.ts';
import type { IncidentExcerptView, IncidentView, WaitingForView } from './schemas/incident.ts';
import { instantText } from './schemas/values.ts';
import { fieldsOf, isFields, type Texts, wordOf } from './words.ts';

/** What an incident's view is made of. */
export interface IncidentMaterial {
  /** As it stands, facts that are still being filed included. */
  readonly incident: Incident;
  readonly attempts: readonly AttemptMade[];
  readonly texts: Texts;
  /** The policy that it began with. */
  readonly policy: Policy;
  /** What the reporters said, by report; empty where it is not shown, as in lists. */
  readonly contents: ReadonlyMap<string, ReportBody>;
  /** By address, those of the reporters to which a mail of ours did not arrive; empty where contents are not shown. */
  readonly bounced: ReadonlyMap<string, Bounced>;
}

/** One effort to reach a party. Source: IC-7. */
export interface AttemptMade {
  readonly by: string;
  readonly at: number;
  readonly textId: string;
}

interface Around {
  readonly now: number;
  readonly temporal: TemporalNames;
}

/** The Incident of the API's contract. */
export function incidentView(material: IncidentMaterial, { now, temporal }: Around): IncidentView {
  const { incident, texts, policy, attempts, contents, bounced } = material;
  const { severity } = incident;
  return {
    id: incident.id,
    version: incident.version,
    stage: incident.stage,
    kind: incident.kind,
    isIncident: incident.isIncident,
    nature: incident.nature,
    dependsOnChangeManagement: incident.dependsOnChangeManagement,
    scopeCriteria: [...incident.scopeCriteria],
    inScope: incident.inScope,
    criticality: incident.criticality,
    criteria: [...incident.criteria],
    severity: severity && { level: severity.level, reasons: severityReasons(policy, severity) },
    tlp: incident.tlp,
    summary: summaryOf(incident, texts),
    lead: incident.lead,
    team: incident.team.map((member) => ({ ...member })),
    receivedAt: instantText(incident.receivedAt),
    endedAt: instantText(incident.endedAt),
    policy: { ...incident.policy },
    reports: incident.reports.map(({ returned, ...report }) => ({
      ...report,
      ...(returned !== undefined && { returned: { at: instantText(returned.at), code: returned.code } }),
      receivedAt: instantText(report.receivedAt),
      repliedAt: instantText(report.repliedAt),
      ...contentOf(contents.get(report.id)),
      ...bouncedOf(bounced, contents.get(report.id)),
    })),
    clocks: clocksOf(incident),
    actions: actionsOf(material),
    waitingFor: waitingFor(incident, policy.rules, now).map(waitingView),
    verification: verificationOf(material),
    suspensions: incident.suspensions.map((suspension) => suspensionView(suspension, texts)),
    contactAttempts: attempts.map((attempt) => attemptView(attempt, texts)),
    consultations: consultationsOf(material),
    pages: visiblePages(incident, now),
    mergedInto: incident.mergedInto,
    mergedFrom: [...incident.mergedFrom],
    temporal: temporalOf(incident.id, temporal),
    channel: channelOf(incident),
    notices: noticesOf(incident).map(({ n, audience, trigger, tlp, state, nextAt }) => ({
      ...{ n, audience, trigger, tlp, state },
      nextAt: instantText(nextAt),
    })),
  };
}

function bouncedOf(
  bounced: IncidentMaterial['bounced'],
  body: ReportBody | undefined,
): Pick<IncidentView['reports'][number], 'addressBounced'> {
  const mark = bounced.get(body?.reporter?.email?.toLowerCase() ?? '');
  return mark === undefined ? {} : { addressBounced: { at: instantText(mark.at), code: mark.code } };
}

function contentOf(body: ReportBody | undefined): Pick<IncidentView['reports'][number], 'content'> {
  if (body === undefined) return {};
  const { summary, description, reporter, occurredAt, affected, aside } = body;
  return {
    content: {
      summary,
      description,
      ...(reporter !== undefined && { reporter }),
      ...(occurredAt !== undefined && { occurredAt: instantText(occurredAt) }),
      ...(affected !== undefined && { affected: [...affected] }),
      ...(aside !== undefined && { aside: { ...aside } }),
    },
  };
}

/** For operations, the asked and the paged: where it stands, and what is asked of this person. */
export function incidentExcerpt(
  material: IncidentMaterial,
  actor: Actor,
  paged: readonly string[],
  now: number,
): IncidentExcerptView {
  const { incident, texts, policy } = material;
  const isOperations = actor.roles.includes('operations');
  return {
    id: incident.id,
    stage: incident.stage,
    criticality: incident.criticality,
    tlp: incident.tlp,
    lead: incident.lead,
    waitingFor: waitingFor(incident, policy.rules, now)
      .filter((waiting) => concerns(actor, waiting, incident))
      .map(waitingView),
    suspensions: isOperations ? incident.suspensions.map((one) => suspensionView(one, texts)) : [],
    consultations: consultationsOf(material).filter(({ asked }) => asked === actor.username),
    pages: visiblePages(incident, now).filter((id) => paged.includes(id)),
  };
}

/** What it is about: the assessment's summary, before that the report's, or the first line of its description. */
export function summaryOf({ summaryTextId }: Pick<Incident, 'summaryTextId'>, texts: Texts): string | null {
  const summary = wordOf(texts, summaryTextId, 'summary');
  return (
    summary ?? wordOf(texts, summaryTextId, 'description')?.trim().split(/\r?\n/, 1)[0]?.slice(0, 200) ?? null
  );
}

/** The ids of the texts that its views show. */
export function textIdsOf(incident: Incident, attempts: readonly AttemptMade[]): readonly string[] {
  const ids: readonly (string | null)[] = [
    incident.summaryTextId,
    incident.verification?.textId ?? null,
    ...incident.actions.flatMap((action) => [
      action.reasonTextId,
      ...[...action.parts, ...action.earlierParts].map((done) => done.textId),
    ]),
    ...incident.suspensions.map(({ textId }) => textId),
    ...incident.consultations.flatMap(({ textId, answerTextId, earlierAnswers = [] }) => [
      textId,
      answerTextId,
      ...earlierAnswers.map((answer) => answer.textId),
    ]),
    ...attempts.map(({ textId }) => textId),
  ];
  return [...new Set(ids.filter((id) => id !== null))];
}

export function waitingView({ who, since, dueAt, ...rest }: Waiting): WaitingForView {
  return {
    ...rest,
    who: 'person' in who ? who.person : who.role,
    since: instantText(since),
    dueAt: instantText(dueAt),
  };
}

/** A page that is armed and has rung nobody yet is not shown: it may still be called off. */
function visiblePages(incident: Incident, now: number): string[] {
  return incident.pages.filter((page) => page.startsAt <= now).map((page) => page.id);
}

function clocksOf(incident: Incident): IncidentView['clocks'] {
  return incident.clocks.map((clock) => ({
    name: clock.name,
    ...(clock.reportId === null ? {} : { reportId: clock.reportId }),
    startedAt: instantText(clock.startedAt),
    dueAt: instantText(clock.dueAt),
    state: clock.state,
    stoppedAt: instantText(clock.stoppedAt),
    by: clock.by,
    reason: clock.reason,
  }));
}

function actionsOf({ incident, texts, policy }: IncidentMaterial): IncidentView['actions'] {
  return incident.actions.map((action) => {
    const rule = ruleOf(policy.rules, action.key);
    return {
      key: action.key,
      title: rule.title,
      parts: action.parts.map((done) => partView(done, texts)),
      state: action.state,
      dueAt: instantText(action.dueAt),
      reason: wordOf(texts, action.reasonTextId, 'reason'),
      whose: [...rule.parts],
      designee: action.designee,
      earlierParts: action.earlierParts.map((done) => partView(done, texts)),
    };
  });
}

function partView(done: PartDone, texts: Texts): IncidentView['actions'][number]['parts'][number] {
  const fields = fieldsOf(texts, done.textId);
  const outcome = isFields(fields?.['outcome']) ? fields['outcome'] : fields;
  return {
    part: done.part,
    by: done.by,
    at: instantText(done.at),
    outcome: done.isWaived ? null : outcome,
    note: wordOf(texts, done.textId, 'note'),
    isWaived: done.isWaived,
  };
}

function verificationOf({ incident, texts }: IncidentMaterial): IncidentView['verification'] {
  const { verification } = incident;
  if (verification === null) return null;
  const { result, by, at, textId } = verification;
  return {
    contact: wordOf(texts, textId, 'contact'),
    channel: wordOf(texts, textId, 'channel'),
    result,
    by,
    at: instantText(at),
    note: wordOf(texts, textId, 'note'),
  };
}

function suspensionView(suspension: Suspension, texts: Texts): IncidentView['suspensions'][number] {
  const { textId, decidedAt, since, ...rest } = suspension;
  return {
    ...rest,
    participant: wordOf(texts, textId, 'participant'),
    reason: wordOf(texts, textId, 'reason'),
    impact: wordOf(texts, textId, 'impact'),
    decidedAt: instantText(decidedAt),
    since: instantText(since),
  };
}

function attemptView({ by, at, textId }: AttemptMade, texts: Texts): IncidentView['contactAttempts'][number] {
  return {
    party: wordOf(texts, textId, 'party') ?? '',
    method: wordOf(texts, textId, 'method') ?? '',
    at: instantText(at),
    result: wordOf(texts, textId, 'result') ?? '',
    by,
  };
}

function consultationsOf({ incident, texts }: IncidentMaterial): IncidentView['consultations'] {
  return incident.consultations.map((consultation) => {
    const {
      n,
      asked,
      askedBy,
      askedAt,
      textId,
      answerTextId,
      answeredAt,
      earlierAnswers = [],
    } = consultation;
    return {
      n,
      asked,
      question: wordOf(texts, textId, 'question'),
      answer: wordOf(texts, answerTextId, 'answer'),
      askedBy,
      askedAt: instantText(askedAt),
      answeredAt: instantText(answeredAt),
      earlierAnswers: earlierAnswers.map((earlier) => ({
        answer: wordOf(texts, earlier.textId, 'answer'),
        answeredAt: instantText(earlier.at),
      })),
    };
  });
}

function temporalOf(incidentId: string, { namespace, uiUrl, workflowIdOf }: TemporalNames) {
  const workflowId = workflowIdOf(incidentId);
  const path = `/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
  return { workflowId, url: uiUrl === undefined ? null : `${uiUrl}${path}` };
}

function channelOf({ channel }: Incident): IncidentView['channel'] {
  if (channel === undefined) return null;
  const { state, isPrivate, because, room } = channel;
  return {
    ...{ state, isPrivate, because },
    provider: room?.provider ?? null,
    name: room?.name ?? null,
    url: room?.url ?? null,
  };
}
