import type { IncidentEvent } from '../events.ts';
import type { Incident } from '../incident.ts';
import type { NoticeEvent } from './events.ts';
import { NOBODY_TOLD, type Notice, noticesOf } from './notice.ts';

/** The notices after an event; nothing where there are none, as in incidents of before there were any. */
export function noticesAfter(incident: Incident, event: IncidentEvent): Pick<Incident, 'notices'> {
  const { body } = event;
  if (body.type === 'notice-drafted') return { notices: [...noticesOf(incident), draftedBy(event, body)] };
  if (!('n' in body) || !body.type.startsWith('notice-')) return {};
  return {
    notices: noticesOf(incident).map((notice) =>
      notice.n === body.n ? changed(notice, body as NoticeEvent, event) : notice,
    ),
  };
}

function draftedBy(
  { by, at }: IncidentEvent,
  { n, audience, trigger, follows, tlp, textId }: Extract<NoticeEvent, { readonly type: 'notice-drafted' }>,
): Notice {
  return {
    ...{ n, audience, trigger, follows, tlp, textId },
    state: 'drafted',
    revision: 1,
    draftedBy: by,
    draftedAt: at,
    release: null,
    instance: 0,
    nextAt: null,
    told: NOBODY_TOLD,
  };
}

function changed(notice: Notice, body: NoticeEvent, { by, at }: IncidentEvent): Notice {
  switch (body.type) {
    case 'notice-drafted':
      return notice;
    case 'notice-edited':
      return {
        ...backToDraft(notice),
        ...{ tlp: body.tlp, textId: body.textId, revision: notice.revision + 1 },
      };
    case 'notice-released': {
      const { type: _, n: __, ...release } = body;
      return { ...notice, state: 'scheduled', release: { by, at, ...release }, nextAt: body.startsAt };
    }
    case 'notice-sending':
      return { ...notice, state: 'sending', instance: body.instance, nextAt: null };
    case 'notice-sent':
      return afterGoingOut({ ...notice, told: body.told }, at);
    case 'notice-stopped':
      return stopped(notice);
    case 'notice-discarded':
      return { ...notice, state: 'discarded' };
    case 'notice-withdrawn':
      return { ...notice, state: 'withdrawn', nextAt: null };
    case 'notice-labelled':
      return { ...notice, tlp: body.tlp };
  }
}

/** What was released was another text. */
function backToDraft(notice: Notice): Notice {
  return { ...notice, state: 'drafted', release: null, nextAt: null };
}

function stopped(notice: Notice): Notice {
  if (notice.state === 'sending') return { ...notice, state: 'stopped', nextAt: null };
  return notice.instance === 0 ? backToDraft(notice) : { ...notice, state: 'sent', nextAt: null };
}

/** Stopped or withdrawn meanwhile it stays so. What is periodic waits for the next of its instants. */
function afterGoingOut(notice: Notice, at: number): Notice {
  if (notice.state !== 'sending') return notice;
  const { startsAt = at, everyMs = null } = notice.release ?? {};
  if (everyMs === null) return { ...notice, state: 'sent' };
  const passed = Math.floor(Math.max(0, at - startsAt) / everyMs);
  return { ...notice, state: 'scheduled', nextAt: startsAt + (passed + 1) * everyMs };
}
