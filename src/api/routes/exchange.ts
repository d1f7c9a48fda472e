import type { z } from 'zod';
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
      'By mail the clock stops when the mail server has accepted the text; until then it is `sending`.',
    params: IncidentParams,
    body: ReplyBody,
    step: ({ body, words, now }) => replyStep(body, words, now),
  });
  addDecision(office, {
    verb: 'question',
    path: 'question',
    summary: 'Ask the reporters something; no clock stops',
    params: IncidentParams,
    body: QuestionBody,
    step: ({ body, words }) => ({
      verb: 'question',
      textId: words.keep({ text: body.text }),
      tlp: body.tlp ?? 'AMBER',
    }),
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
