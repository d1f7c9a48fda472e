import type { z } from 'zod';
import type { Incident } from '../../domain/incident.ts';
import { communicationPlan, planDocument } from '../../domain/notices/plan.ts';
import { type Notice, noticesOf } from '../../domain/notices/notice.ts';
import { draftOf, templateValues } from '../../domain/notices/templates.ts';
import type { Policy } from '../../domain/policy.ts';
import { isStricter } from '../../domain/tlp.ts';
import type { Db } from '../../persistence/database.ts';
import { readRecipients } from '../../persistence/notice-recipients.ts';
import { knownParticipants } from '../../persistence/participants.ts';
import { readTexts } from '../../persistence/texts.ts';
import { addCall } from '../call.ts';
import { findIncident } from '../incident-reading.ts';
import { summaryOf } from '../incident-view.ts';
import { noticeTextIds, noticeView } from '../notice-view.ts';
import { requirePeople } from '../people-and-channels.ts';
import { prefers } from '../preference.ts';
import { ProblemError, wrongField } from '../problem.ts';
import { IncidentParams, NumberedParams, ReasonBody } from '../schemas/decisions.ts';
import {
  CommunicationPlanSchema,
  NoticeCorrectBody,
  NoticeDraftBody,
  NoticeEditBody,
  NoticeLabelBody,
  NoticeReleaseBody,
  NoticesSchema,
  NoticeWithdrawBody,
  NoticeWithRecipientsSchema,
} from '../schemas/notices.ts';
import { instantText } from '../schemas/values.ts';
import { fieldsOf } from '../words.ts';
import { formatDuration } from '../../domain/durations.ts';
import { addDecision, type Office } from './deciding.ts';

const MARKDOWN = 'text/markdown';

/** What is told to audiences: drafted, released by whose word it is, and called back. Source: IC-31, IC-32, NM-34. */
export function addNotices(office: Office): void {
  addDrafting(office);
  addReleasing(office);
  addTakingBack(office);
  addReading(office);
}

function addDrafting(office: Office): void {
  const { db } = office.dependencies;
  addDecision(office, {
    verb: 'notice-draft',
    path: 'notices',
    summary: 'Draft a notice for an audience',
    description:
      'Without `text` the draft is what the policy writes for audience and trigger, in the label of the incident or a stricter one.',
    params: IncidentParams,
    body: NoticeDraftBody,
    async step({ body, incident, frozen, words }) {
      const { audience, trigger, tlp } = body;
      const written = await draftWords(db, { body, incident, frozen });
      await requireRecipients(db, frozen, audience, body.to);
      return {
        verb: 'notice-draft',
        ...{ audience, trigger: trigger ?? null },
        tlp: tlp ?? null,
        textId: words.keep({ ...written, to: body.to }),
      };
    },
  });
  addDecision(office, {
    verb: 'notice-edit',
    path: 'notices/:n/edit',
    summary: 'Edit a draft; what was released for later waits for a release again',
    params: NumberedParams,
    body: NoticeEditBody,
    async step({ params: { n }, body, incident, frozen, words }) {
      const notice = noticeOf(incident, n);
      await requireRecipients(db, frozen, notice.audience, body.to);
      const before = fieldsOf(await readTexts(db, [notice.textId]), notice.textId) ?? {};
      const { tlp = null, subject = before['subject'], text = before['text'], to = before['to'] } = body;
      return { verb: 'notice-edit', n, tlp, textId: words.keep({ subject, text, to }) };
    },
  });
  addDecision(office, {
    verb: 'notice-discard',
    path: 'notices/:n/discard',
    summary: 'Discard a draft',
    params: NumberedParams,
    body: ReasonBody,
    step: ({ params: { n }, body, words }) => ({ verb: 'notice-discard', n, textId: words.keep(body) }),
  });
}

function addReleasing(office: Office): void {
  const { db } = office.dependencies;
  addDecision(office, {
    verb: 'notice-release',
    path: 'notices/:n/release',
    summary: 'Release a notice: to whom, when, over what and how',
    description:
      'To an audience outside the CSIRT the Executive Sponsor alone. One that was stopped goes on to those who have it not.',
    params: NumberedParams,
    body: NoticeReleaseBody,
    async step({ params: { n }, body, incident, frozen, inForce, words }) {
      const { revision, at, every, channel, format = 'plain-text', consulted = [], reason } = body;
      requirePeople(inForce, consulted, '/consulted');
      await requireParties(db, frozen, noticeOf(incident, n));
      return {
        verb: 'notice-release',
        ...{ n, revision, format, consulted },
        startsAt: at ?? null,
        everyMs: every ?? null,
        channel: channel ?? null,
        reasonTextId: reason === undefined ? null : words.keep({ reason }),
      };
    },
  });
}

function addTakingBack(office: Office): void {
  const { db } = office.dependencies;
  addDecision(office, {
    verb: 'notice-stop',
    path: 'notices/:n/stop',
    summary: 'Let a notice go no further: to nobody else, and not again',
    params: NumberedParams,
    body: ReasonBody,
    step: ({ params: { n }, body, words }) => ({ verb: 'notice-stop', n, textId: words.keep(body) }),
  });
  addDecision(office, {
    verb: 'notice-correct',
    path: 'notices/:n/correct',
    summary: 'Draft a correction, which goes to exactly those who got the first',
    params: NumberedParams,
    body: NoticeCorrectBody,
    async step({ params: { n }, body, incident, words }) {
      const notice = noticeOf(incident, n);
      const subject = body.subject ?? `Correction: ${await subjectOf(db, notice)}`;
      const textId = words.keep({ subject, text: body.text });
      return { verb: 'notice-correct', n, tlp: body.tlp ?? null, textId };
    },
  });
  addDecision(office, {
    verb: 'notice-withdraw',
    path: 'notices/:n/withdraw',
    summary: 'Withdraw a notice: before its instant nothing goes out, after it those who have it are told',
    params: NumberedParams,
    body: NoticeWithdrawBody,
    async step({ params: { n }, body: { reason, text }, incident, words }) {
      const notice = noticeOf(incident, n);
      const isOut = text !== undefined && notice.instance > 0;
      const subject = isOut ? `Withdrawn: ${await subjectOf(db, notice)}` : '';
      return {
        verb: 'notice-withdraw',
        n,
        textId: words.keep({ reason }),
        wordsTextId: isOut ? words.keep({ subject, text }) : null,
      };
    },
  });
  addDecision(office, {
    verb: 'notice-label',
    path: 'notices/:n/label',
    summary: 'Raise the label of a notice; one that is going out stops',
    params: NumberedParams,
    body: NoticeLabelBody,
    step: ({ params: { n }, body: { tlp, reason }, words }) => ({
      verb: 'notice-label',
      ...{ n, tlp },
      textId: words.keep({ reason }),
    }),
  });
}

function addReading({ app, dependencies, policies }: Office): void {
  const { db, policy } = dependencies;
  const subject = (
    actor: Parameters<typeof findIncident>[1],
    { id = '' }: Readonly<Record<string, string>>,
  ) => findIncident(dependencies, actor, id);
  addCall(app, dependencies, {
    verb: 'notices',
    method: 'GET',
    url: '/v1/incidents/:id/notices',
    tag: 'Notices',
    summary: 'Every notice of an incident, in the order of their numbers',
    params: IncidentParams,
    answer: { status: 200, schema: NoticesSchema, description: 'Drafts and what became of them.' },
    subject,
    async handle({ subject: { incident } }) {
      const { frozen, texts } = await around(incident);
      const items = noticesOf(incident).map((notice) => noticeView(notice, frozen, texts));
      return { items, nextCursor: null };
    },
  });
  addCall(app, dependencies, {
    verb: 'notices',
    method: 'GET',
    url: '/v1/incidents/:id/notices/:n',
    tag: 'Notices',
    summary: 'A notice, and who has it',
    params: NumberedParams,
    answer: { status: 200, schema: NoticeWithRecipientsSchema, description: 'With everybody it is for.' },
    subject,
    async handle({ subject: { incident }, params: { n } }) {
      const notice = noticeOf(incident, n);
      const { frozen, texts } = await around(incident);
      const recipients = await readRecipients(db, incident.id, n);
      return {
        ...noticeView(notice, frozen, texts),
        recipients: recipients.map(({ at, ...one }) => ({ ...one, at: instantText(at) })),
      };
    },
  });
  addCall(app, dependencies, {
    verb: 'communication-plan',
    method: 'GET',
    url: '/v1/incidents/:id/communication-plan',
    tag: 'Notices',
    summary: 'Who is told what, when, over what and how',
    description: '`Accept: text/markdown` gives it as a document.',
    params: IncidentParams,
    answer: {
      status: 200,
      schema: CommunicationPlanSchema,
      description: 'Made of the notices of the incident, and of what is still to be reached.',
      alsoAs: [MARKDOWN],
    },
    subject,
    async handle({ subject: { incident }, request, reply }) {
      const { frozen, texts } = await around(incident);
      const plan = communicationPlan(incident, frozen, policy, texts);
      if (prefers(request, MARKDOWN)) {
        void reply.type(`${MARKDOWN}; charset=utf-8`);
        return planDocument(plan);
      }
      const { named, proposed } = plan.representative;
      return {
        incidentId: plan.incidentId,
        representative: { named: [...named], proposed: [...proposed] },
        notices: plan.notices.map(({ when, everyMs, ...one }) => ({
          ...one,
          when: instantText(when),
          every: everyMs === null ? null : formatDuration(everyMs),
        })),
        ahead: plan.ahead.map((one) => ({ ...one })),
      };
    },
  });

  async function around(incident: Incident) {
    const [frozen, texts] = await Promise.all([
      policies.of(incident.policy.hash),
      readTexts(db, noticeTextIds(incident)),
    ]);
    return { frozen, texts };
  }
}

function noticeOf(incident: Incident, n: number): Notice {
  const notice = noticesOf(incident).find((one) => one.n === n);
  if (notice === undefined) {
    throw new ProblemError('not-found', `There is no notice ${n} of this incident.`);
  }
  return notice;
}

interface Drafting {
  readonly body: z.output<typeof NoticeDraftBody>;
  readonly incident: Incident;
  readonly frozen: Policy;
}

async function draftWords(
  db: Db,
  { body: { audience, trigger, subject, text, tlp }, incident, frozen }: Drafting,
) {
  const values = templateValues(frozen, incident, await summaryIn(db, incident));
  const made = trigger === undefined ? null : draftOf(frozen, { audience, trigger }, values);
  if (text === undefined && made === null) {
    throw wrongField(
      'invalid',
      '/text',
      'Expected a text: the policy writes none for this audience and trigger.',
    );
  }
  // A label is lowered where a text is edited, by those who may: what repeats the incident is labelled as the incident is.
  if (text === undefined && tlp !== undefined && isStricter(incident.tlp, tlp)) {
    throw wrongField(
      'invalid',
      '/tlp',
      `The policy's text repeats what is TLP:${incident.tlp}: expected that label or a stricter one, or a \`text\` of your own that may be TLP:${tlp}.`,
    );
  }
  return {
    subject: subject ?? made?.subject ?? 'A notice of the CSIRT',
    text: text ?? made?.text ?? '',
  };
}

async function summaryIn(db: Db, incident: Incident): Promise<string> {
  const { summaryTextId } = incident;
  const texts = await readTexts(db, summaryTextId === null ? [] : [summaryTextId]);
  return summaryOf(incident, texts) ?? '';
}

async function subjectOf(db: Db, { n, textId }: Notice): Promise<string> {
  const subject = fieldsOf(await readTexts(db, [textId]), textId)?.['subject'];
  return typeof subject === 'string' ? subject : `notice ${n}`;
}

/** Single participants are named only of an audience that the directory gives, and only those that it has. */
async function requireRecipients(
  db: Db,
  { audiences = [] }: Policy,
  key: string,
  to: readonly string[] | undefined,
): Promise<void> {
  if (to === undefined) return;
  const audience = audiences.find((one) => one.key === key);
  if (audience !== undefined && !('directory' in audience.to)) {
    throw wrongField('invalid', '/to', `Only participants are named one by one; ${key} is told as a whole.`);
  }
  const known = await knownParticipants(db, to);
  const unknown = to.findIndex((id) => !known.includes(id));
  if (unknown !== -1) {
    throw wrongField('unknown-key', `/to/${unknown}`, 'Expected the id of a participant of the directory.');
  }
}

/** What is for parties alone goes to those who are named, never to all of the directory. Source: IC-30. */
async function requireParties(db: Db, { audiences = [] }: Policy, notice: Notice): Promise<void> {
  const audience = audiences.find(({ key }) => key === notice.audience);
  if (audience?.kind !== 'party' || !('directory' in audience.to) || notice.follows !== null) return;
  const to = fieldsOf(await readTexts(db, [notice.textId]), notice.textId)?.['to'];
  if (Array.isArray(to) && to.length > 0) return;
  throw new ProblemError(
    'invalid',
    `Each recipient of ${notice.audience} is named: edit notice ${notice.n}, with the ids of participants in \`to\`.`,
  );
}
