import { ruleOf } from '../../domain/actions-matrix.ts';
import type { Incident } from '../../domain/incident.ts';
import { timelineDocument, type TimelineEntry } from '../../domain/timeline-document.ts';
import { type TimelineContext, wordsOf, wordsOfFact } from '../../domain/timeline-wording.ts';
import { type Tlp, TLP_UNLABELLED } from '../../domain/tlp.ts';
import { writeFact } from '../../persistence/inbox.ts';
import { readTimeline, readTimelineLine, type TimelineItem } from '../../persistence/timeline.ts';
import { addCall } from '../call.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { answerIncident, findIncident, readIncident } from '../incident-reading.ts';
import { summaryOf } from '../incident-view.ts';
import { readPageAt } from '../paging.ts';
import { prefers } from '../preference.ts';
import { pastInstant } from '../past.ts';
import type { Policies } from '../policies.ts';
import { wrongField } from '../problem.ts';
import { IncidentParams, LabelBody } from '../schemas/decisions.ts';
import { IncidentAnswerSchema } from '../schemas/incident.ts';
import { NoteInBody, type TimelineItemView, TimelineQuery, TimelineSchema } from '../schemas/timeline.ts';
import { instantText, LIMIT_MAX } from '../schemas/values.ts';
import { WordsSaid } from '../words-said.ts';
import { addDecision, type Office } from './deciding.ts';

const MARKDOWN = 'text/markdown';

/** The timeline: read as a list or as the document, and written to by everybody who takes part. Source: NM-24. */
export function addTimeline(office: Office): void {
  addReading(office);
  addWriting(office);
  addLabelling(office);
}

function addReading({ app, dependencies, policies }: Office): void {
  const { db } = dependencies;
  addCall(app, dependencies, {
    verb: 'timeline',
    method: 'GET',
    url: '/v1/incidents/:id/timeline',
    tag: 'Timeline',
    summary: 'The timeline, as a list in the order of its numbers or as the document in the order of time',
    description: '`Accept: text/markdown` gives the document, whole.',
    params: IncidentParams,
    query: TimelineQuery,
    answer: {
      status: 200,
      schema: TimelineSchema,
      description: 'Lines with numbers first; what is still being filed comes last, without one.',
      alsoAs: [MARKDOWN],
    },
    subject: (actor, { id = '' }) => findIncident(dependencies, actor, id),
    async handle({ subject: { incident }, query, request, reply }) {
      if (prefers(request, MARKDOWN)) {
        void reply.type(`${MARKDOWN}; charset=utf-8`);
        return readDocument(dependencies, policies, incident.id);
      }
      const titleOf = await titlesOf(policies, incident);
      const list = () => readTimeline(db, incident.id, query);
      const { items, nextCursor } = await readPageAt(query.cursor, list);
      return { items: items.map((item) => itemView(item, entryOf(item, incident, titleOf))), nextCursor };
    },
  });
}

function addWriting({ app, dependencies, policies }: Office): void {
  const { db, now, newId } = dependencies;
  addCall(app, dependencies, {
    verb: 'note',
    method: 'POST',
    url: '/v1/incidents/:id/timeline',
    tag: 'Timeline',
    summary: 'Write a line of the timeline; also while the process is away',
    params: IncidentParams,
    body: NoteInBody,
    answer: {
      status: 200,
      schema: IncidentAnswerSchema,
      description: 'The incident as it stands; the line is in its timeline from now on.',
    },
    subject: (actor, { id = '' }) => findIncident(dependencies, actor, id),
    async handle({ actor, body, subject: { incident }, commandId }) {
      const { text, method, kind = 'note', tlp = TLP_UNLABELLED, corrects = null } = body;
      const at = pastInstant(body.at ?? now(), now(), '/at');
      if (corrects !== null && corrects > incident.version) {
        throw wrongField(
          'invalid',
          '/corrects',
          `Expected the seq of a line; the last one is ${incident.version}.`,
        );
      }
      const words = new WordsSaid(newId);
      const textId = words.keep({ text, method });
      await writeFact(db, {
        factId: commandId,
        incidentId: incident.id,
        by: actor.username,
        at,
        fact: { type: 'note', kind, textId, tlp, corrects },
        texts: words.texts,
      });
      return answerIncident(dependencies, policies, actor, incident.id);
    },
  });
}

function addLabelling(office: Office): void {
  const { dependencies, policies } = office;
  addDecision(office, {
    verb: 'label',
    path: 'label',
    summary: 'Give the incident, or a line of its timeline, another label',
    description:
      'Raising a label is for everybody who reads the incident whole; lowering it for the lead, the Executive Sponsor ' +
      'and the communications representative. What already went out is not called back by it.',
    params: IncidentParams,
    body: LabelBody,
    async step({ body: { tlp, reason, seq }, incident, words }) {
      const entry = seq === undefined ? null : { seq, tlp: await labelOf(seq, incident) };
      return { verb: 'label', tlp, entry, textId: words.keep({ reason }) };
    },
  });

  async function labelOf(seq: number, incident: Incident): Promise<Tlp> {
    const line = await readTimelineLine(dependencies.db, incident.id, seq);
    if (line === null) {
      throw wrongField('invalid', '/seq', `Expected the seq of a line; the last one is ${incident.version}.`);
    }
    return entryOf(line, incident, await titlesOf(policies, incident)).tlp;
  }
}

type TitleOf = TimelineContext['titleOf'];

async function titlesOf(policies: Policies, incident: Incident): Promise<TitleOf> {
  const { rules } = await policies.of(incident.policy.hash);
  return (key) => ruleOf(rules, key).title;
}

/** Every line there is: a document in part would look like a whole one. */
async function readDocument(
  { db, publicUrl }: ApiDependencies,
  policies: Policies,
  incidentId: string,
): Promise<string> {
  const { incident, texts } = await readIncident(db, policies, incidentId);
  const titleOf = await titlesOf(policies, incident);
  const entries: TimelineEntry[] = [];
  let cursor: string | null = null;
  do {
    const page: TimelinePage = await readTimeline(db, incidentId, {
      limit: LIMIT_MAX,
      ...(cursor === null ? {} : { cursor }),
    });
    entries.push(...page.items.map((item) => entryOf(item, incident, titleOf)));
    cursor = page.nextCursor;
  } while (cursor !== null);
  const hasLog = incident.channel !== undefined;
  const chatLog = hasLog ? `${publicUrl}/v1/incidents/${incidentId}/chat-log` : null;
  return timelineDocument({
    incidentId,
    summary: summaryOf(incident, texts),
    tlp: incident.tlp,
    links: { informationDocument: null, masterTicket: null, chatLog },
    entries,
  });
}

type TimelinePage = Awaited<ReturnType<typeof readTimeline>>;

function entryOf(
  { seq, event, fact, texts }: TimelineItem,
  incident: Incident,
  titleOf: TitleOf,
): TimelineEntry {
  const context = { texts, titleOf, incident };
  const label = seq === null ? undefined : incident.entryLabels?.[seq];
  const { at, by } = event ?? fact;
  const body = event?.body ?? fact?.fact;
  return {
    seq,
    at,
    by,
    corrects: body?.type === 'noted' || body?.type === 'note' ? body.corrects : null,
    ...(event === null ? wordsOfFact(fact, context) : wordsOf(event, context)),
    ...(label !== undefined && { tlp: label }),
  };
}

function itemView({ hash, event }: TimelineItem, entry: TimelineEntry): TimelineItemView {
  const { seq, at, by, kind, text, method, tlp, corrects } = entry;
  const recordedAt = instantText(event?.recordedAt ?? null);
  return { seq, at: instantText(at), recordedAt, by, kind, text, method, tlp, corrects, hash };
}
