import { createHash } from 'node:crypto';
import {
  addOverrides,
  changeRota,
  type KeptRota,
  listRotas,
  type NewOverride,
  overridesOf,
  type Period,
  readRota,
  withdrawOverride,
} from '../../persistence/rotas.ts';
import { addRotaNote, rotaNotes } from '../../persistence/rota-notes.ts';
import { mistakesOfRota } from '../../rotas/checks.ts';
import { SHIFT_LOOK_AHEAD_MS } from '../../rotas/on-call.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import { requirePerson } from '../people-and-channels.ts';
import { prefers } from '../preference.ts';
import { ProblemError, wrongField } from '../problem.ts';
import { CALENDAR_MEDIA_TYPE, rotaCalendar } from '../rota-calendar.ts';
import { planOf, rotaHead, rotaView, shiftsOf } from '../rota-view.ts';
import {
  OverrideIn,
  OnCallShiftsSchema,
  OverrideParams,
  PersonParams,
  RotaIn,
  RotaNoteIn,
  RotaNotesSchema,
  RotaParams,
  RotaQuery,
  RotaSchema,
  RotasSchema,
  type RotaView,
  WithdrawIn,
} from '../schemas/rotas.ts';
import { instantText } from '../schemas/values.ts';
import type { Office } from './deciding.ts';

const DAY_MS = 86_400_000;

/** Without other times said. */
const SHOWN_MS = 14 * DAY_MS;

/** A quarter, and a week to look around. */
const SHOWN_MAX_MS = 100 * DAY_MS;

/** Nobody plans longer ahead; a mistyped year would stand in for somebody for ever. */
const OVERRIDE_MAX_MS = 366 * DAY_MS;

const VIEW = { status: 200, schema: RotaSchema, description: 'The rota as it stands.' } as const;

/** Who is on call. Nothing here asks the process: a rung asks the record when it is climbed. */
export function addRotas(office: Office): void {
  addReading(office);
  addChanging(office);
  addOverriding(office);
  addNotes(office);
}

function addReading({ app, dependencies }: Office): void {
  const { db, now, policy, publicUrl } = dependencies;
  addCall(app, dependencies, {
    verb: 'rotas',
    method: 'GET',
    url: '/v1/rotas',
    tag: 'On call',
    summary: 'Every rota, and who is on call now',
    answer: { status: 200, schema: RotasSchema, description: 'All of them: there are few.' },
    subject: async () => NO_SUBJECT,
    async handle() {
      const at = now();
      const rotas = await listRotas(db, { from: at, until: at + SHIFT_LOOK_AHEAD_MS });
      return { items: rotas.map((rota) => rotaHead(rota, at)), nextCursor: null };
    },
  });
  addCall(app, dependencies, {
    verb: 'rota',
    method: 'GET',
    url: '/v1/rotas/:key',
    tag: 'On call',
    summary: 'A rota: its layers, overrides and shifts',
    description:
      'Of the next 14 days, or from `from` to `until`, at most 100 days. `Accept: text/calendar` gives the shifts as a calendar.',
    params: RotaParams,
    query: RotaQuery,
    answer: { ...VIEW, alsoAs: [CALENDAR_MEDIA_TYPE] },
    subject: async () => NO_SUBJECT,
    handle: async ({ params, query, request, reply }) => {
      const period = periodOf(query, now());
      if (!prefers(request, CALENDAR_MEDIA_TYPE)) return viewOf(dependencies, params.key, period);
      const rota = await existing(db, params.key, period);
      void reply.type(`${CALENDAR_MEDIA_TYPE}; charset=utf-8`);
      return rotaCalendar([rota], { name: rota.rota.title, publicUrl, ...period });
    },
  });
  addCall(app, dependencies, {
    verb: 'on-call',
    method: 'GET',
    url: '/v1/people/:username/on-call',
    tag: 'On call',
    summary: 'When somebody is on call, in every rota',
    description:
      'In the next 14 days, or from `from` to `until`, at most 100 days. `Accept: text/calendar` gives a calendar.',
    params: PersonParams,
    query: RotaQuery,
    answer: {
      status: 200,
      schema: OnCallShiftsSchema,
      description: 'All of them, rota by rota.',
      alsoAs: [CALENDAR_MEDIA_TYPE],
    },
    subject: async () => NO_SUBJECT,
    handle: async ({ params: { username }, query, request, reply }) => {
      if (!policy.people.some((person) => person.username === username)) {
        throw new ProblemError('not-found', 'The policy names nobody of this username.');
      }
      const period = periodOf(query, now());
      const rotas = await listRotas(db, period);
      if (prefers(request, CALENDAR_MEDIA_TYPE)) {
        void reply.type(`${CALENDAR_MEDIA_TYPE}; charset=utf-8`);
        return rotaCalendar(rotas, { name: `On call: ${username}`, username, publicUrl, ...period });
      }
      return { items: shiftsOf(rotas, username, period), nextCursor: null };
    },
  });
}

function addChanging({ app, dependencies }: Office): void {
  const { db, now, policy } = dependencies;
  addCall(app, dependencies, {
    verb: 'rota-change',
    method: 'POST',
    url: '/v1/rotas/:key',
    tag: 'On call',
    summary: 'Make a rota, or change it',
    description:
      '`replaces` is the version that was looked at, 0 for a new rota: of two who change the same one, one is told.',
    params: RotaParams,
    body: RotaIn,
    answer: VIEW,
    subject: async () => NO_SUBJECT,
    async handle({ actor, params, body }) {
      const plan = planOf(params.key, body);
      const isPerson = (username: string) => policy.people.some((one) => one.username === username);
      const [mistake] = mistakesOfRota(plan, isPerson);
      if (mistake !== undefined) {
        throw wrongField('invalid', `/${mistake.path.join('/')}`, `Expected ${mistake.expected}.`);
      }
      const { replaces, reason } = body;
      const isChanged = await changeRota(db, { plan, replaces, reason, at: now(), by: actor.username });
      if (!isChanged) throw await overtaken(dependencies, params.key, replaces);
      return viewNow(dependencies, params.key);
    },
  });
}

function addOverriding({ app, dependencies }: Office): void {
  const { db, now, policy } = dependencies;
  addCall(app, dependencies, {
    verb: 'rota-override',
    method: 'POST',
    url: '/v1/rotas/:key/overrides',
    tag: 'On call',
    summary: 'Put somebody else on call for a time, or swap two times',
    description:
      '`instead` takes over the time of that person alone. With `swap`, that person takes over the time of `username` in return.',
    params: RotaParams,
    body: OverrideIn,
    answer: VIEW,
    subject: async () => NO_SUBJECT,
    async handle({ actor, params, body, commandId }) {
      const { username, instead = null, swap, reason } = body;
      await viewNow(dependencies, params.key);
      requirePerson(policy, username, '/username');
      if (instead !== null) requirePerson(policy, instead, '/instead');
      if (instead === username) throw wrongField('invalid', '/instead', 'Expected somebody else.');
      requireTimes(body, '');
      const id = createHash('sha256').update(commandId).digest('hex').slice(0, 16);
      const made = { rota: params.key, at: now(), by: actor.username, reason };
      const one: NewOverride = {
        ...{ id, from: body.from, until: body.until, username, instead },
        ...{ ...made, swap: swap === undefined ? null : id },
      };
      if (swap === undefined) {
        await addOverrides(db, [one]);
        return viewNow(dependencies, params.key);
      }
      if (instead === null) {
        throw wrongField('invalid', '/instead', 'Expected with whom: a swap is between two people.');
      }
      requireTimes(swap, '/swap');
      const other = { ...one, ...swap, id: `${id}-2`, username: instead, instead: username };
      await addOverrides(db, [one, other]);
      return viewNow(dependencies, params.key);
    },
  });
  addCall(app, dependencies, {
    verb: 'rota-override-withdraw',
    method: 'POST',
    url: '/v1/rotas/:key/overrides/:id/withdraw',
    tag: 'On call',
    summary: 'Take an override back; of a swap, both halves',
    params: OverrideParams,
    body: WithdrawIn,
    answer: VIEW,
    subject: async () => NO_SUBJECT,
    async handle({ actor, params: { key, id }, body: { reason } }) {
      const count = await withdrawOverride(db, { rota: key, id, at: now(), by: actor.username, reason });
      if (count === 0) {
        throw new ProblemError(
          'not-found',
          'There is no such override of this rota, or it is withdrawn already.',
        );
      }
      return viewNow(dependencies, key);
    },
  });

  function requireTimes({ from, until }: Period, pointer: string): void {
    if (until <= from || until - from > OVERRIDE_MAX_MS) {
      const expected = 'Expected an instant after `from`, by a year at most.';
      throw wrongField('invalid', `${pointer}/until`, expected);
    }
    if (until <= now()) {
      throw wrongField('invalid', `${pointer}/until`, 'Expected a time that is not over yet.');
    }
  }
}

/** They may hold words of incidents: they are shown to fewer than the rota is. */
function addNotes({ app, dependencies }: Office): void {
  const { db, now } = dependencies;
  const notesOf = async (rota: string) => {
    const notes = await rotaNotes(db, rota, { since: now() - NOTES_SHOWN_MS, limit: NOTES_SHOWN });
    return { items: notes.map(({ at, ...note }) => ({ ...note, at: instantText(at) })), nextCursor: null };
  };
  addCall(app, dependencies, {
    verb: 'rota-notes',
    method: 'GET',
    url: '/v1/rotas/:key/notes',
    tag: 'On call',
    summary: 'What those who handed a rota over left for the next one, the newest first',
    params: RotaParams,
    answer: { status: 200, schema: RotaNotesSchema, description: 'The last 20 of the last 30 days.' },
    subject: async () => NO_SUBJECT,
    async handle({ params: { key } }) {
      await viewNow(dependencies, key);
      return notesOf(key);
    },
  });
  addCall(app, dependencies, {
    verb: 'rota-note',
    method: 'POST',
    url: '/v1/rotas/:key/notes',
    tag: 'On call',
    summary: 'Leave a note for who is on call next',
    params: RotaParams,
    body: RotaNoteIn,
    answer: { status: 200, schema: RotaNotesSchema, description: 'The notes with this one.' },
    subject: async () => NO_SUBJECT,
    async handle({ actor, params: { key }, body: { text }, commandId }) {
      await viewNow(dependencies, key);
      await addRotaNote(db, { id: commandId, rota: key, at: now(), by: actor.username, text });
      return notesOf(key);
    },
  });
}

const NOTES_SHOWN = 20;
const NOTES_SHOWN_MS = 30 * DAY_MS;

type RotaOffice = Pick<Office['dependencies'], 'db' | 'now'>;

function viewNow(at: RotaOffice, key: string): Promise<RotaView> {
  const from = at.now();
  return viewOf(at, key, { from, until: from + SHOWN_MS });
}

async function viewOf({ db, now }: RotaOffice, key: string, { from, until }: Period): Promise<RotaView> {
  const at = now();
  // Also the shift that runs now, whatever the time that is asked for.
  const needed = { from: Math.min(from, at), until: Math.max(until, at + SHIFT_LOOK_AHEAD_MS) };
  const kept = await existing(db, key, needed);
  return rotaView(kept, await overridesOf(db, key, { from, until }), { from, until, now: at });
}

async function existing(db: RotaOffice['db'], key: string, period: Period): Promise<KeptRota> {
  const kept = await readRota(db, key, period);
  if (kept === null) throw new ProblemError('not-found', `There is no rota ${key}; /v1/rotas lists them.`);
  return kept;
}

function periodOf(
  { from: asked, until: end }: { readonly from?: number; readonly until?: number },
  now: number,
): Period {
  const from = asked ?? now;
  const until = end ?? from + SHOWN_MS;
  if (until > from && until - from <= SHOWN_MAX_MS) return { from, until };
  const detail = 'Expected an instant after `from`, by 100 days at most';
  throw new ProblemError('invalid', `${detail}.`, { places: [{ parameter: 'until', detail }] });
}

async function overtaken({ db }: RotaOffice, key: string, replaces: number): Promise<ProblemError> {
  const kept = await readRota(db, key, { from: 0, until: 1 });
  const detail =
    kept === null
      ? `There is no rota ${key} yet: a new one replaces 0, not ${replaces}.`
      : `Version ${kept.version} of ${key} was made by ${kept.changedBy}; what was sent replaces ${replaces}. Look at it and change that one.`;
  return new ProblemError('not-now', detail, { places: [{ pointer: '/replaces', detail }] });
}
