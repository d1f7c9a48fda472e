import type { Actor } from '../../domain/actor.ts';
import { acknowledgePage, declinePage, listPages, type Page } from '../../persistence/pages.ts';
import { readState } from '../../persistence/record.ts';
import { readTexts } from '../../persistence/texts.ts';
import { addCall } from '../call.ts';
import { keepRecordKey } from '../../persistence/record-keys.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { CSV_MEDIA_TYPE } from '../csv.ts';
import { pageCsv } from '../page-csv.ts';
import { pageRecord, SIGNED_MEDIA_TYPE, signedRecord } from '../page-record.ts';
import { readPageAt } from '../paging.ts';
import { findPage, findPageToDecide, type PageSubject, readPageSubject } from '../page-reading.ts';
import { requirePerson } from '../people-and-channels.ts';
import { pageView } from '../page-view.ts';
import { prefers } from '../preference.ts';
import { ProblemError } from '../problem.ts';
import {
  HandOnBody,
  PageParams,
  PageSchema,
  PagesQuery,
  PagesSchema,
  type PageView,
  SnoozeBody,
} from '../schemas/pages.ts';
import { createRecordSigner } from '../record-key.ts';
import { WordsSaid } from '../words-said.ts';
import { type Office, takeStep } from './deciding.ts';

/** Calls to humans: their rungs, attempts and answers. Source: SLA-2. */
export function addPages(office: Office): void {
  addList(office);
  addOne(office);
  addAcknowledge(office);
  addDecline(office);
  addRestart(office);
  addHandOn(office);
  addSnooze(office);
}

const PAGE = { status: 200, schema: PageSchema, description: 'The page as it stands.' } as const;

function addList({ app, dependencies }: Office): void {
  const { db, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'pages-list',
    method: 'GET',
    url: '/v1/pages',
    tag: 'Pages',
    summary: 'Pages, the one that started last first',
    query: PagesQuery,
    answer: {
      status: 200,
      schema: PagesSchema,
      description: 'Pages that have begun to ring: all for the CSIRT and auditors, their own for others.',
    },
    // Everybody may be paged, and sees those that rang them.
    subject: async ({ username }) => ({ incident: null, about: { paged: [username] } }),
    async handle({ actor, query }) {
      const own = readsAllPages(actor) ? {} : { person: actor.username };
      const list = () => listPages(db, { ...query, ...own });
      const { items, nextCursor } = await readPageAt(query.cursor, list);
      // Armed ahead of their instant, they may still be called off.
      const begun = items.filter((page) => page.startsAt <= now());
      return { items: await viewsOf(dependencies, begun), nextCursor };
    },
  });
}

function readsAllPages({ roles }: Actor): boolean {
  return roles.includes('csirt') || roles.includes('auditor');
}

function addOne({ app, dependencies }: Office): void {
  const { db, policy, now, publicUrl, recordKey } = dependencies;
  const signer = createRecordSigner(recordKey);
  addCall(app, dependencies, {
    verb: 'page',
    method: 'GET',
    url: '/v1/pages/:id',
    tag: 'Pages',
    summary: 'One page, with every attempt',
    description:
      '`Accept: text/csv` gives its attempts as a table, `Accept: application/jose+json` the whole as a signed record (JWS, RFC 7515) that `/v1/keys` checks; both without the note.',
    params: PageParams,
    answer: { ...PAGE, alsoAs: [CSV_MEDIA_TYPE, SIGNED_MEDIA_TYPE] },
    subject: (actor, { id = '' }) => findPage(db, policy, actor, id),
    async handle({ params: { id }, actor, subject: { page }, request, reply }) {
      const view = await answerPage(dependencies, actor, id);
      if (prefers(request, CSV_MEDIA_TYPE)) {
        void reply.type(`${CSV_MEDIA_TYPE}; charset=utf-8; header=present`);
        return pageCsv(view);
      }
      if (!prefers(request, SIGNED_MEDIA_TYPE)) return view;
      void reply.type(SIGNED_MEDIA_TYPE);
      const said = { view, page, exportedAt: now(), exportedBy: actor.username, publicUrl };
      // First, so that nothing is signed with a key that nobody could find afterwards.
      await keepRecordKey(db, signer.publicKey, now());
      return signedRecord(pageRecord(said), signer);
    },
  });
}

/** A fact: the first one wins, also while the process is away. */
function addAcknowledge({ app, dependencies }: Office): void {
  const { db, policy, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'acknowledge',
    method: 'POST',
    url: '/v1/pages/:id/acknowledge',
    tag: 'Pages',
    summary: 'Take a page; the first one wins, an exhausted page can still be taken',
    params: PageParams,
    answer: { ...PAGE, description: 'The page: `acknowledgedBy` says who has it, first or not.' },
    subject: (actor, { id = '' }) => findPage(db, policy, actor, id),
    async handle({ actor, params: { id }, subject, commandId }) {
      const taken = await acknowledgePage(db, {
        pageId: id,
        by: actor.username,
        at: now(),
        factId: commandId,
      });
      if (taken.page === null) {
        throw new ProblemError(
          'not-now',
          `Page ${subject.ref.id} is just about to ring. Ask again in a moment.`,
        );
      }
      return answerPage(dependencies, actor, id);
    },
  });
}

/** A fact, too: nobody waits for the process to be told that somebody else is needed. */
function addDecline({ app, dependencies }: Office): void {
  const { db, policy, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'decline',
    method: 'POST',
    url: '/v1/pages/:id/decline',
    tag: 'Pages',
    summary: 'Say that you cannot take a page: the next rung is called at once',
    params: PageParams,
    answer: { ...PAGE, description: 'The page: `nextStepAt` says when the next rung is called.' },
    subject: (actor, { id = '' }) => findPage(db, policy, actor, id),
    async handle({ actor, params: { id }, commandId }) {
      const by = actor.username;
      const { won, page } = await declinePage(db, { pageId: id, by, at: now(), factId: commandId });
      const isDeclined = won || (page?.state === 'ringing' && page.declinedBy.includes(by));
      if (!isDeclined) throw new ProblemError('not-now', whyNotDeclined(id, page));
      return answerPage(dependencies, actor, id);
    },
  });
}

function whyNotDeclined(id: string, page: Page | null): string {
  if (page === null) return `Page ${id} is just about to ring. Ask again in a moment.`;
  const whose = page.state === 'acknowledged' ? ` by ${page.acknowledgedBy}` : '';
  return `Page ${id} is ${page.state}${whose} and rings nobody; there is nothing to decline.`;
}

function addRestart({ app, dependencies }: Office): void {
  const { db, policy, newId } = dependencies;
  addCall(app, dependencies, {
    verb: 'page-restart',
    method: 'POST',
    url: '/v1/pages/:id/restart',
    tag: 'Pages',
    summary: 'Let an exhausted page ring again from its first rung',
    params: PageParams,
    answer: PAGE,
    subject: (actor, { id = '' }) => findPage(db, policy, actor, id),
    async handle({ actor, params: { id }, subject, commandId }) {
      const step = { verb: 'page-restart', pageId: id } as const;
      const words = new WordsSaid(newId);
      await takeStep(dependencies, { actor, commandId, incidentId: subject.incident.id, step, words });
      return answerPage(dependencies, actor, id);
    },
  });
}

function addHandOn({ app, dependencies }: Office): void {
  const { db, policy, newId } = dependencies;
  addCall(app, dependencies, {
    verb: 'page-hand-on',
    method: 'POST',
    url: '/v1/pages/:id/hand-on',
    tag: 'Pages',
    summary: 'Hand a page on to somebody: they are called first, and then its ladder again',
    params: PageParams,
    body: HandOnBody,
    answer: PAGE,
    subject: (actor, { id = '' }) => findPageToDecide(db, policy, actor, id),
    async handle({ actor, params: { id }, body: { to, reason }, subject, commandId }) {
      requirePerson(policy, to, '/to');
      const words = new WordsSaid(newId);
      const textId = reason === undefined ? null : words.keep({ reason });
      const step = {
        verb: 'page-hand-on',
        pageId: id,
        to,
        textId,
        isPaged: isPaged(actor, subject),
      } as const;
      await takeStep(dependencies, { actor, commandId, incidentId: subject.incident.id, step, words });
      return viewOf(dependencies, await readPageSubject(db, policy, id));
    },
  });
}

function addSnooze({ app, dependencies }: Office): void {
  const { db, policy, newId } = dependencies;
  addCall(app, dependencies, {
    verb: 'page-snooze',
    method: 'POST',
    url: '/v1/pages/:id/snooze',
    tag: 'Pages',
    summary: 'Put a page of yours off: it rings again then, if nothing follows before',
    params: PageParams,
    body: SnoozeBody,
    answer: { ...PAGE, description: 'The page: `acknowledgedUntil` says when it rings again.' },
    subject: (actor, { id = '' }) => findPageToDecide(db, policy, actor, id),
    async handle({ actor, params: { id }, body, subject, commandId }) {
      const isTheirs = isPaged(actor, subject);
      const step = { verb: 'page-snooze', pageId: id, forMs: body.for, isPaged: isTheirs } as const;
      const words = new WordsSaid(newId);
      await takeStep(dependencies, { actor, commandId, incidentId: subject.incident.id, step, words });
      return answerPage(dependencies, actor, id);
    },
  });
}

function isPaged({ username }: Actor, { about }: PageSubject): boolean {
  return about.paged?.includes(username) ?? false;
}

async function answerPage(dependencies: ApiDependencies, actor: Actor, id: string): Promise<PageView> {
  return viewOf(dependencies, await findPage(dependencies.db, dependencies.policy, actor, id));
}

async function viewOf({ db }: ApiDependencies, { incident, page, ref }: PageSubject): Promise<PageView> {
  const noteTextId = page?.noteTextId ?? null;
  const texts = await readTexts(db, noteTextId === null ? [] : [noteTextId]);
  return pageView(incident.id, ref, page, texts);
}

async function viewsOf({ db }: ApiDependencies, pages: readonly Page[]): Promise<PageView[]> {
  const texts = await readTexts(
    db,
    pages.flatMap(({ noteTextId }) => (noteTextId === null ? [] : [noteTextId])),
  );
  const ids = [...new Set(pages.map(({ incidentId }) => incidentId))];
  const states = new Map(
    await Promise.all(ids.map(async (id) => [id, (await readState(db, id))?.state ?? null] as const)),
  );
  return pages.map((page) => {
    const ref = states.get(page.incidentId)?.pages.find(({ id }) => id === page.id) ?? null;
    return pageView(page.incidentId, ref, page, texts);
  });
}
