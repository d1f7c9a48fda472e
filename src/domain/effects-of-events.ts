import { ROW_THAT_OUTLIVES_HAND_OFF } from './actions-matrix.ts';
import { isRunning } from './clocks.ts';
import type { Effect, NoticePurpose, NoticeTarget } from './effects.ts';
import type { IncidentEvent } from './events.ts';
import { isSettledInChannel } from './incident-channel.ts';
import type { Incident, PageRef } from './incident.ts';
import { handedTo } from './ladder.ts';
import { ownerOfClock } from './owners.ts';
import type { ProcessRules } from './rules.ts';

/** The outward work outstanding after an event: what it adds, and what it settles. */
export function effectsAfter(
  incident: Incident,
  event: IncidentEvent,
  rules: ProcessRules,
): readonly Effect[] {
  const left = incident.effects.filter((effect) => !isSettledBy(effect, event));
  return [...left, ...causedBy(incident, event, rules)];
}

/** The row that stays with Legal after a hand-off. Source: IC-14. */
const DUTY_CLOCK = `action:${ROW_THAT_OUTLIVES_HAND_OFF}`;

function isDuty(incident: Incident): boolean {
  return incident.clocks.some((clock) => clock.name === DUTY_CLOCK && isRunning(clock));
}

function causedBy(incident: Incident, event: IncidentEvent, rules: ProcessRules): readonly Effect[] {
  const { id } = incident;
  const { body } = event;
  switch (body.type) {
    case 'received':
      // Who phoned was spoken to; a call gets no automatic answer.
      return body.channel === 'phone'
        ? []
        : [{ do: 'auto-reply', key: `${id}:auto-reply:${body.reportId}`, reportId: body.reportId }];
    case 'reply-sending':
    case 'question-asked': {
      const verb = body.type === 'reply-sending' ? 'reply' : 'question';
      return body.reportIds.map((reportId) => ({
        do: verb,
        key: `${id}:${verb}:${body.n}:${reportId}`,
        reportIds: [reportId],
        textId: body.textId,
        tlp: body.tlp,
        by: event.by,
      }));
    }
    case 'clock-stepped': {
      if (body.step === 'sponsor-told') {
        return [notice(`${id}:sponsor-told:${event.seq}`, 'sponsor-told', body.clock, { role: 'executive' })];
      }
      const isReminder = body.step === 'breached' && body.clock.startsWith('action:');
      return isReminder
        ? [
            notice(
              `${id}:reminder:${event.seq}`,
              'reminder',
              body.clock,
              ownerOfClock(incident, body.clock, rules),
            ),
          ]
        : [];
    }
    case 'consultation-asked':
      return [notice(`${id}:asked:${body.n}`, 'asked', null, { person: body.asked })];
    case 'page-started':
      return [startPage(body.pageId, 1, { ...body, noteTextId: body.textId })];
    case 'page-rang-again':
      return incident.pages
        .filter((page) => page.id === body.pageId)
        .map((page) => startPage(page.id, page.ring + 1, { ...page, startsAt: body.startsAt }));
    case 'page-handed-on':
      return incident.pages
        .filter((page) => page.id === body.pageId)
        .map((page) =>
          startPage(page.id, page.ring + 1, {
            ...page,
            target: handedTo(body.to, page.target),
            startsAt: body.startsAt,
          }),
        );
    case 'page-cancelled':
      return [
        {
          do: 'cancel-page',
          key: `${body.pageId}:cancel:${event.seq}`,
          pageId: body.pageId,
          because: body.because,
        },
      ];
    case 'handed-off':
      return isDuty(incident)
        ? [notice(`${id}:handed-off:${event.seq}`, 'handed-off', DUTY_CLOCK, { role: 'legal' })]
        : [];
    case 'reply-returned': {
      const whom = incident.lead === null ? ({ role: 'csirt' } as const) : { person: incident.lead };
      return [notice(`${id}:reply-returned:${event.seq}`, 'reply-returned', 'reply', whom)];
    }
    case 'merged':
      return [moveReports(incident, `${id}:move:${event.seq}`, body.into, 'into')];
    case 'reports-joined':
      // Taken back and merged again, word of the taking back may come last: they belong where it is merged into.
      return body.from === incident.mergedInto
        ? [moveReports(incident, `${id}:move:${event.seq}`, body.from, 'into')]
        : [];
    case 'reopened':
      return body.wasMergedInto === null
        ? []
        : [moveReports(incident, `${id}:move:${event.seq}`, body.wasMergedInto, 'back')];
    case 'notice-sending': {
      const { n, instance } = body;
      // By the event: one that was stopped goes on under the same instance.
      return [{ do: 'send-notice', key: `${id}:send-notice:${event.seq}`, n, instance }];
    }
    default:
      return [];
  }
}

function isSettledBy(effect: Effect, { body }: IncidentEvent): boolean {
  switch (body.type) {
    case 'effect-ended':
    case 'notice-sent':
    // Its mail had been accepted, and nobody had told: what it would still be told of must not count as a reply.
    case 'reply-returned':
      return effect.key === body.key;
    case 'replied':
      return effect.do === 'reply' && effect.reportIds.every((id) => body.reportIds.includes(id));
    case 'page-climbed':
    case 'page-exhausted':
      return (
        effect.do === 'start-page' &&
        effect.pageId === body.pageId &&
        (body.ring ?? effect.ring) === effect.ring
      );
    case 'page-cancelled':
    // Its earlier ring must not begin any more: it would call whom the page was taken from.
    case 'page-handed-on':
      return effect.do === 'start-page' && effect.pageId === body.pageId;
    default:
      return isSettledInChannel(effect, body);
  }
}

function moveReports(incident: Incident, key: string, target: string, direction: 'into' | 'back'): Effect {
  return {
    do: 'move-reports',
    key,
    target,
    reportIds: incident.reports.map((report) => report.id),
    direction,
  };
}

function notice(key: string, purpose: NoticePurpose, clock: string | null, to: NoticeTarget): Effect {
  return { do: 'notify', key, notice: purpose, clock, to };
}

function startPage(
  pageId: string,
  ring: number,
  { reason, target, startsAt, noteTextId }: Pick<PageRef, 'reason' | 'target' | 'startsAt' | 'noteTextId'>,
): Effect {
  return {
    do: 'start-page',
    key: `${pageId}:ring:${ring}`,
    pageId,
    reason,
    target,
    ring,
    startsAt,
    noteTextId,
  };
}
