import { PROCESS } from '../domain/actor.ts';
import type { EffectResult, FactBody } from '../domain/commands.ts';
import type { Effect } from '../domain/effects.ts';
import { autoReply, notice, question, reply } from '../domain/mail-wording.ts';
import type { Person, Policy } from '../domain/policy.ts';
import { writeFact } from '../persistence/inbox.ts';
import { claimAutomaticAnswer } from '../persistence/automatic-answers.ts';
import { type MailOfReport, mailsOfReports } from '../persistence/messages.ts';
import { holdersOf } from '../persistence/merges.ts';
import { cancelPage } from '../persistence/pages.ts';
import { readState } from '../persistence/record.ts';
import { readReportForAnswer, type ReportForAnswer } from '../persistence/reports.ts';
import { readTexts } from '../persistence/texts.ts';
import { deliver, type DeliveryDependencies } from './delivery.ts';
import { joinedReports } from './merging.ts';

type Of<Do extends Effect['do']> = Extract<Effect, { readonly do: Do }>;

export interface Task<Do extends Effect['do']> {
  readonly incidentId: string;
  readonly effect: Of<Do>;
}

/** The verbs that touch the world for an incident. Each may run more than once and acts once, by its effect's key. */
export interface OutwardActivities {
  sendAutoReply(task: Task<'auto-reply'>): Promise<EffectResult>;
  sendReply(task: Task<'reply'>): Promise<EffectResult>;
  sendQuestion(task: Task<'question'>): Promise<EffectResult>;
  sendNotice(task: Task<'notify'>): Promise<EffectResult>;
  cancelPage(task: Task<'cancel-page'>): Promise<EffectResult>;
  moveReports(task: Task<'move-reports'>): Promise<EffectResult>;
}

export interface OutwardDependencies extends DeliveryDependencies {
  /** The policy in force: letterhead and people's addresses. */
  readonly policy: Policy;
  /** Without a slash at the end. */
  readonly publicUrl: string;
}

/** Where the policy does not say. Source: RFC 3834, 2; ours. */
const AUTOMATIC_ANSWERS_PER_DAY = 5;

export function createOutwardActivities(dependencies: OutwardDependencies): OutwardActivities {
  const { db, clock, policy, publicUrl } = dependencies;
  return {
    async sendAutoReply({ incidentId, effect: { key, reportId } }) {
      const report = await readReportForAnswer(db, reportId);
      const arrived = (await mailsOfReports(db, [reportId])).get(reportId);
      // A mail is answered where its return path leads, and only if a machine may answer it. Source: RFC 3834.
      const way =
        arrived?.automaticAnswer ?? (report?.email == null ? { no: 'no-address' } : { to: report.email });
      if (report === null || 'no' in way) return withheld(key, 'no' in way ? way.no : 'no-address');
      const { to } = way;
      const mostPerDay = policy.automaticAnswersPerDay ?? AUTOMATIC_ANSWERS_PER_DAY;
      if (!(await claimAutomaticAnswer(db, { key, address: to, at: clock.now(), mostPerDay }))) {
        return withheld(key, 'too-many-to-this-address');
      }
      const mail = autoReply({
        letterhead: policy,
        envelope: { key, to, addressee: reportId, ...inReplyTo(arrived) },
        incidentId,
        kind: report.kind,
        receivedAt: report.receivedAt,
        replyDueAt: report.replyDueAt,
        statusUrl: statusUrlOf(report),
      });
      return deliver(dependencies, {
        incidentId,
        key,
        purpose: 'auto-reply',
        mail,
        recipient: { ...partyOf(report), address: to },
      });
    },

    sendReply: (task) =>
      sendWritten(task, ({ report, ...written }) =>
        reply({ ...written, exchange: [report.id, task.effect.by] }),
      ),

    sendQuestion: (task) =>
      sendWritten(task, ({ report, ...written }) =>
        question({ ...written, exchange: [report.id, task.effect.by], statusUrl: statusUrlOf(report) }),
      ),

    async sendNotice({ incidentId, effect }) {
      const state = await readState(db, incidentId);
      const dueAt = state?.state.clocks.find((other) => other.name === effect.clock)?.dueAt ?? null;
      const people = peopleOf(policy, effect.to);
      const results = await Promise.all(
        people.map((person) => {
          const key = `${effect.key}:${person.username}`;
          const mail = notice({
            letterhead: policy,
            envelope: { key, to: person.mail, addressee: person.username },
            incidentId,
            purpose: effect.notice,
            clock: effect.clock,
            dueAt,
            titleOf: (row) => policy.rules.actions.find((rule) => rule.key === row)?.title ?? row,
            link: `${publicUrl}/v1/incidents/${incidentId}`,
          });
          const { username, mail: address, roles } = person;
          return deliver(dependencies, {
            incidentId,
            key,
            purpose: effect.notice,
            mail,
            recipient: { kind: 'own-people', username, address, roles, isAppointed: false },
          });
        }),
      );
      const best = results.find((result) => result.outcome === 'accepted') ?? results[0];
      return best === undefined ? refused(effect.key, 'nobody') : { ...best, key: effect.key };
    },

    async cancelPage({ effect: { key, pageId, because } }) {
      await cancelPage(db, { pageId, because, at: clock.now() });
      return accepted(key);
    },

    async moveReports({ incidentId, effect }) {
      const { key, target, reportIds, direction } = effect;
      const tell = (factId: string, to: string, fact: FactBody) =>
        writeFact(db, { factId, incidentId: to, by: PROCESS, at: clock.now(), fact });
      const merged = direction === 'into' ? [] : await holdersOf(db, target);
      const holders = direction === 'into' ? [incidentId] : merged.map(({ id }) => id);
      const reports = await joinedReports(db, holders.at(-1) ?? target, reportIds);
      if (direction === 'into') {
        await tell(key, target, { type: 'reports-joined', from: incidentId, reports });
      } else {
        // Back the way they came: each gives them to whom it has them from.
        for (const [index, holder] of holders.entries()) {
          const to = index === 0 ? incidentId : (holders[index - 1] ?? target);
          await tell(`${key}:${holder}`, holder, { type: 'reports-left', to, reportIds });
        }
        await tell(`${key}:back`, incidentId, { type: 'reports-joined', from: target, reports });
      }
      return accepted(key);
    },
  };

  async function sendWritten(
    { incidentId, effect }: Task<'reply'> | Task<'question'>,
    word: (written: WrittenParts) => ReturnType<typeof reply>,
  ): Promise<EffectResult> {
    const [reportId = ''] = effect.reportIds;
    const [report, texts] = await Promise.all([
      readReportForAnswer(db, reportId),
      readTexts(db, [effect.textId]),
    ]);
    if (report?.email == null) return refused(effect.key, 'no-address');
    const arrived = (await mailsOfReports(db, [reportId])).get(reportId);
    const mail = word({
      report,
      letterhead: policy,
      envelope: { key: effect.key, to: report.email, addressee: reportId, ...inReplyTo(arrived) },
      incidentId,
      text: textIn(texts.get(effect.textId)),
      tlp: effect.tlp,
    });
    return deliver(dependencies, {
      incidentId,
      key: effect.key,
      purpose: effect.do,
      mail,
      recipient: partyOf(report),
    });
  }

  function statusUrlOf(report: ReportForAnswer): string {
    return `${publicUrl}/v1/reports/${report.id}?token=${report.token}`;
  }

  function accepted(key: string): EffectResult {
    return { key, outcome: 'accepted', detail: null, at: clock.now() };
  }

  function refused(key: string, detail: string): EffectResult {
    return { key, outcome: 'refused', detail, at: clock.now() };
  }

  function withheld(key: string, detail: string): EffectResult {
    return { key, outcome: 'withheld', detail, at: clock.now() };
  }
}

type WrittenParts = Omit<Parameters<typeof reply>[0], 'exchange'> & { readonly report: ReportForAnswer };

/** So that it stands below the reporter's own mail where they read it. */
function inReplyTo(arrived: MailOfReport | undefined): { readonly inReplyTo?: string } {
  return arrived?.messageId == null ? {} : { inReplyTo: arrived.messageId };
}

function partyOf(report: ReportForAnswer) {
  return { kind: 'party' as const, name: report.id, address: report.email ?? '' };
}

function peopleOf(policy: Policy, to: Of<'notify'>['to']): readonly Person[] {
  return policy.people.filter((person) =>
    'person' in to ? person.username === to.person : person.roles.includes(to.role),
  );
}

/** The words of a step are stored as `{text}`. */
function textIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'text' in body && typeof body.text === 'string'
    ? body.text
    : '';
}
