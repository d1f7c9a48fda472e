import type { z } from 'zod';
import { answerable } from '../../domain/decisions/replies.ts';
import type { Incident } from '../../domain/incident.ts';
import { isRefusal } from '../../domain/refusal.ts';
import type { Db } from '../../persistence/database.ts';
import { readReportBodies } from '../../persistence/reports.ts';
import { requireWorkingAddresses } from '../bounced-addresses.ts';
import { requireProtection } from '../mail-protection.ts';
import { requirePast } from '../past.ts';
import { wrongField } from '../problem.ts';
import { IncidentParams, KindBody, QuestionBody, ReplyBody } from '../schemas/decisions.ts';
import { instantText } from '../schemas/values.ts';
import type { WordsSaid } from '../words-said.ts';
import { addDecision, type Office } from './deciding.ts';

/** What reporters are told and asked, and what their reports really are. Source: IC-2, IC-5. */
export function addExchangeWithReporters(office: Office): void {
  addDecision(office, {
    verb: 'kind',
    path: 'kind',
    summary: 'Say what the report really is',
    params: IncidentParams,
    body: KindBody,
    step: ({ body, words }) => ({
      verb: 'kind',
      kind: body.kind,
      textId: words.keep({ reason: body.reason }),
    }),
  });
  addDecision(office, {
    verb: 'reply',
    path: 'reply',
    summary: 'Reply to the reporters, or say why no reply is needed or possible',
    description:
      'By mail the clock stops when the mail server has accepted the text; until then it is `sending`. ' +
      'Every report that it is for must have left a mail address: else 422, and nothing is sent. ' +
      'RED goes by mail only encrypted, to a reporter whose certificate we have; AMBER+STRICT goes to no reporter. ' +
      'Where the last mail to a reporter came back the answer is 422 too, unless `despiteBounce` says that it is known.',
    params: IncidentParams,
    body: ReplyBody,
    async step({ body, incident, words, now }) {
      const step = replyStep(body, words, now);
      if (step.how === 'mail') {
        await requireMailAddresses(office.dependencies.db, incident, step.reportIds);
        const ids = answerable(incident, step.reportIds, 'mail');
        if (!isRefusal(ids)) await requireProtection(office.dependencies, ids, step.tlp);
        const mayBounce = 'despiteBounce' in body && body.despiteBounce === true;
        if (!isRefusal(ids) && !mayBounce) await requireWorkingAddresses(office.dependencies.db, ids);
      }
      return step;
    },
  });
  addDecision(office, {
    verb: 'question',
    path: 'question',
    summary: 'Ask the reporters something; no clock stops',
    params: IncidentParams,
    body: QuestionBody,
    async step({ body, incident, words }) {
      const tlp = body.tlp ?? 'AMBER';
      const ids = incident.reports.map(({ id }) => id);
      await requireProtection(office.dependencies, ids, tlp);
      return { verb: 'question', textId: words.keep({ text: body.text }), tlp };
    },
  });
}

function replyStep(body: z.infer<typeof ReplyBody>, words: WordsSaid, now: number) {
  const to = { reportIds: body.reportIds ?? null, tlp: 'AMBER', at: null } as const;
  if ('unnecessary' in body) {
    const textId = words.keep({ reason: body.reason });
    return { ...to, verb: 'reply', how: 'unnecessary', textId } as const;
  }
  if ('unreachable' in body) {
    const attempts = body.attempts.map(({ method, at }, index) => {
      requirePast(at, now, `/attempts/${index}/at`);
      return { method, at: instantText(at) };
    });
    return { ...to, verb: 'reply', how: 'unreachable', textId: words.keep({ attempts }) } as const;
  }
  const how = body.method ?? 'mail';
  if (how === 'mail' && body.at !== undefined) {
    throw wrongField('invalid', '/at', 'When a mail is sent is for the mail server to say; leave `at` out.');
  }
  if (body.at !== undefined) requirePast(body.at, now, '/at');
  const textId = words.keep({ text: body.text });
  return { ...to, verb: 'reply', how, textId, tlp: body.tlp ?? 'AMBER', at: body.at ?? null } as const;
}

/**
 * A mail goes to everybody it is for, or to nobody: whoever left no address is answered another way. Which reports that
 * is about is for the process to say, and so is what else is wrong with them.
 */
async function requireMailAddresses(
  db: Db,
  incident: Incident,
  reportIds: readonly string[] | null,
): Promise<void> {
  const ids = answerable(incident, reportIds, 'mail');
  if (isRefusal(ids)) return;
  const contents = await readReportBodies(db, ids);
  const reporterOf = (id: string) => contents.get(id)?.reporter;
  const unreachable = ids.filter((id) => reporterOf(id)?.email === undefined);
  if (unreachable.length === 0) return;
  const others = ids.filter((id) => !unreachable.includes(id));
  const phones = unreachable.filter((id) => reporterOf(id)?.phone !== undefined);
  throw wrongField(
    'invalid',
    reportIds === null ? '/method' : '/reportIds',
    [
      `No mail address was left with ${unreachable.join(', ')}.`,
      'Expected `method: phone` once they have been told by phone',
      phones.length === 0 ? '(no number was left either),' : `(a number was left with ${phones.join(', ')}),`,
      '`unreachable` with the attempts, or `unnecessary` with a reason.',
      ...(others.length === 0 ? [] : [`By mail can be answered: ${others.join(', ')}; name them alone.`]),
      'Nothing was sent.',
    ].join(' '),
  );
}
