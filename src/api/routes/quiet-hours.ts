import type { z } from 'zod';
import type { Actor } from '../../domain/actor.ts';
import { clockTime } from '../../domain/local-time.ts';
import type { QuietHours } from '../../domain/quiet-hours.ts';
import { quietHoursOf, setQuietHours } from '../../persistence/quiet-hours.ts';
import { isTimeZone } from '../../rotas/checks.ts';
import { quietUntil } from '../../rotas/quiet-hours.ts';
import { addCall } from '../call.ts';
import { owned } from '../owned.ts';
import { wrongField } from '../problem.ts';
import { QuietHoursIn, QuietHoursSchema, type QuietHoursView } from '../schemas/quiet-hours.ts';
import { PersonParams } from '../schemas/rotas.ts';
import { instantText } from '../schemas/values.ts';
import type { Office } from './deciding.ts';

const PATH = '/v1/people/:username/quiet-hours';

const ANSWER = {
  status: 200,
  schema: QuietHoursSchema,
  description: 'The quiet hours as they stand.',
} as const;

/** When a person is told nothing but what calls them to act. Theirs alone to say, like how they are reached. */
export function addQuietHours({ app, dependencies }: Office): void {
  const { db, now } = dependencies;
  const ofPerson = {
    tag: 'People',
    params: PersonParams,
    answer: ANSWER,
    subject: async (actor: Actor, { username = '' }: { readonly username?: string }) =>
      owned(dependencies, actor, username),
  };
  addCall(app, dependencies, {
    ...ofPerson,
    verb: 'contacts',
    method: 'GET',
    url: PATH,
    summary: 'When a person is told nothing but what calls them to act',
    handle: async ({ subject: { username } }) => viewOf(await quietHoursOf(db, username), now()),
  });
  addCall(app, dependencies, {
    ...ofPerson,
    verb: 'contact-change',
    method: 'POST',
    url: PATH,
    summary: 'Say your quiet hours',
    description:
      'Each day, by the clock of a zone. News of shifts, of readiness and of who has taken a page waits for their end. A page comes all the same, and so do a code that was asked for and what the administrators are told.',
    body: QuietHoursIn,
    async handle({ body, subject: { username } }) {
      const hours = hoursOf(body);
      await setQuietHours(db, username, hours);
      return viewOf(hours, now());
    },
  });
  addCall(app, dependencies, {
    ...ofPerson,
    verb: 'contact-change',
    method: 'POST',
    url: `${PATH}/remove`,
    summary: 'Have no quiet hours any more',
    async handle({ subject: { username } }) {
      await setQuietHours(db, username, null);
      return viewOf(null, now());
    },
  });
}

function hoursOf({ from, until, timeZone }: z.infer<typeof QuietHoursIn>): QuietHours {
  if (!isTimeZone(timeZone)) {
    throw wrongField('invalid', '/timeZone', 'Expected a time zone such as America/Detroit.');
  }
  if (from === until) throw wrongField('invalid', '/until', 'Expected another time than `from`.');
  return { fromMinute: minuteOf(from), untilMinute: minuteOf(until), timeZone };
}

function viewOf(hours: QuietHours | null, now: number): QuietHoursView {
  if (hours === null) return { quietHours: null };
  return {
    quietHours: {
      from: clockTime(hours.fromMinute),
      until: clockTime(hours.untilMinute),
      timeZone: hours.timeZone,
      quietUntil: instantText(quietUntil(hours, now)),
    },
  };
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
