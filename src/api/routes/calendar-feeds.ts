import {
  type CalendarFeed,
  endFeed,
  feedOfId,
  type FeedOf,
  feedsOf,
  openFeed,
  renewFeed,
} from '../../persistence/calendar-feeds.ts';
import { listRotas, readRota, rotasChangedAt } from '../../persistence/rotas.ts';
import { addCall, NO_SUBJECT, type Subject } from '../call.ts';
import { answerIfChanged } from '../conditional.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { owned } from '../owned.ts';
import { ProblemError, wrongField } from '../problem.ts';
import { CALENDAR_MEDIA_TYPE, rotaCalendar } from '../rota-calendar.ts';
import { FeedIn, FeedParams, FeedSchema, FeedsSchema, type FeedView } from '../schemas/calendar-feeds.ts';
import { PersonParams } from '../schemas/rotas.ts';
import { instantText } from '../schemas/values.ts';
import type { Office } from './deciding.ts';

const PATH = '/v1/people/:username/calendar-feeds';

const FEED = { status: 200, schema: FeedSchema, description: 'The feed and its address.' } as const;
const FEEDS = { status: 200, schema: FeedsSchema, description: 'All of them: there are few.' } as const;

/** Calendars at a secret address of a person's own, for programs that read them again and again and cannot sign in. */
export function addCalendarFeeds(office: Office): void {
  addFeed(office);
  addListing(office);
  addMaking(office);
  addEnding(office);
}

interface FeedSubject extends Subject {
  readonly feed: CalendarFeed;
}

function addFeed({ app, dependencies }: Office): void {
  addCall(app, dependencies, {
    verb: 'calendar-feed',
    method: 'GET',
    url: '/calendars/:token/on-call.ics',
    tag: 'On call',
    summary:
      'Who is on call, as a calendar program reads it: without signing in, by an address of a person’s own',
    description:
      'From the beginning of last month to the end of the fourth from now. `If-None-Match` and `If-Modified-Since` are heard. 404 once the feed was renewed or ended, or its person has left.',
    params: FeedParams,
    answer: {
      status: 200,
      schema: FeedSchema,
      description: 'The shifts.',
      onlyAs: CALENDAR_MEDIA_TYPE,
      orElse: { status: 304, description: 'As it was.' },
    },
    subject: (_nobody, { token = '' }) => findFeed(dependencies, token),
    async handle({ subject: { feed }, request, reply }) {
      const calendar = await calendarOf(dependencies, feed);
      void reply.type(`${CALENDAR_MEDIA_TYPE}; charset=utf-8`).headers({
        // Kept by the reader alone, and asked for again each time.
        'Cache-Control': 'private, no-cache',
        'X-Robots-Tag': 'noindex, nofollow',
      });
      return answerIfChanged({ request, reply }, { ...calendar, now: dependencies.now() });
    },
  });
}

/** Throws the same `not-found` for every address that gives nothing. */
async function findFeed({ db, policy, feedLinks }: ApiDependencies, token: string): Promise<FeedSubject> {
  const id = feedLinks.idIn(token);
  const feed = id === null ? null : await feedOfId(db, id);
  const isTheirs =
    feed !== null &&
    feedLinks.isOf(token, feed) &&
    policy.people.some(({ username }) => username === feed.username);
  if (!isTheirs) {
    const detail = 'There is no calendar at this address. `tocsin calendar-feed` says the one that counts.';
    throw new ProblemError('not-found', detail);
  }
  return { ...NO_SUBJECT, feed };
}

/** A month before, and four after: the calendar moves on by the month, so that it mostly stays what it was. */
function periodAround(now: number): { readonly from: number; readonly until: number } {
  const at = new Date(now);
  const monthsOn = (months: number) => Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1);
  return { from: monthsOn(-1), until: monthsOn(5) };
}

const REFRESH_SECONDS = 15 * 60;

async function calendarOf(
  { db, now, publicUrl }: ApiDependencies,
  { username, rota }: CalendarFeed,
): Promise<{ readonly text: string; readonly changedAt: number }> {
  const period = periodAround(now());
  const kept = rota === null ? await listRotas(db, period) : [await readRota(db, rota, period)];
  const rotas = kept.filter((one) => one !== null);
  const rotasAt = await rotasChangedAt(db, rota);
  const text = rotaCalendar(rotas, {
    ...period,
    name: rota === null ? `On call: ${username}` : (rotas[0]?.rota.title ?? rota),
    username: rota === null ? username : undefined,
    changedAt: rotasAt,
    refreshSeconds: REFRESH_SECONDS,
    publicUrl,
  });
  const at = new Date(now());
  // The period moved on then.
  const monthAt = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
  return { text, changedAt: Math.max(rotasAt, monthAt) };
}

function addListing({ app, dependencies }: Office): void {
  addCall(app, dependencies, {
    verb: 'calendar-feeds',
    method: 'GET',
    url: PATH,
    tag: 'People',
    summary: 'Your calendar feeds, with their addresses',
    params: PersonParams,
    answer: FEEDS,
    subject: async (actor, { username = '' }) => owned(dependencies, actor, username),
    handle: ({ subject: { username } }) => listOf(dependencies, username),
  });
}

const MAKING = {
  open: {
    url: PATH,
    summary: 'A calendar feed of yours; made where there was none',
    act: openFeed,
  },
  renew: {
    url: `${PATH}/renew`,
    summary: 'Another address for a calendar feed of yours: the one of before gives nothing any more',
    act: renewFeed,
  },
} as const;

function addMaking({ app, dependencies }: Office): void {
  const { db, now, newId } = dependencies;
  for (const { url, summary, act } of Object.values(MAKING)) {
    addCall(app, dependencies, {
      verb: 'calendar-feed-change',
      method: 'POST',
      url,
      tag: 'People',
      summary,
      params: PersonParams,
      body: FeedIn,
      answer: FEED,
      subject: async (actor, { username = '' }) => owned(dependencies, actor, username),
      async handle({ subject: { username }, body: { rota } }) {
        await requireRota(dependencies, rota);
        return viewOf(dependencies, await act(db, { id: newId(), username, rota, madeAt: now() }));
      },
    });
  }
}

function addEnding({ app, dependencies }: Office): void {
  addCall(app, dependencies, {
    verb: 'calendar-feed-change',
    method: 'POST',
    url: `${PATH}/end`,
    tag: 'People',
    summary: 'End a calendar feed of yours: its address gives nothing any more',
    params: PersonParams,
    body: FeedIn,
    answer: { ...FEEDS, description: 'Those that are left.' },
    subject: async (actor, { username = '' }) => owned(dependencies, actor, username),
    async handle({ subject: { username }, body: { rota } }) {
      await endFeed(dependencies.db, { username, rota } satisfies FeedOf);
      return listOf(dependencies, username);
    },
  });
}

async function listOf(dependencies: ApiDependencies, username: string) {
  const feeds = await feedsOf(dependencies.db, username);
  return { items: feeds.map((feed) => viewOf(dependencies, feed)), nextCursor: null };
}

async function requireRota({ db, now }: ApiDependencies, rota: string | null): Promise<void> {
  if (rota === null) return;
  const at = now();
  if ((await readRota(db, rota, { from: at, until: at + 1 })) === null) {
    throw wrongField('invalid', '/rota', 'Expected the key of a rota; /v1/rotas lists them.');
  }
}

function viewOf({ feedLinks }: ApiDependencies, feed: CalendarFeed): FeedView {
  return { rota: feed.rota, address: feedLinks.addressOf(feed), madeAt: instantText(feed.madeAt) };
}
