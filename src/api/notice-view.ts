import { formatDuration } from '../domain/durations.ts';
import type { Incident } from '../domain/incident.ts';
import { type Notice, noticesOf } from '../domain/notices/notice.ts';
import type { Policy } from '../domain/policy.ts';
import type { NoticeView } from './schemas/notices.ts';
import { instantText } from './schemas/values.ts';
import { fieldsOf, type Texts, wordOf } from './words.ts';

/** The Notice of the API's contract. `frozen` is the policy that its incident began with. */
export function noticeView(notice: Notice, frozen: Policy, texts: Texts): NoticeView {
  const { release, follows, told } = notice;
  const audience = frozen.audiences?.find(({ key }) => key === notice.audience);
  const to = fieldsOf(texts, notice.textId)?.['to'];
  return {
    n: notice.n,
    audience: notice.audience,
    audienceTitle: audience?.title ?? notice.audience,
    trigger: notice.trigger,
    follows: follows && { ...follows },
    state: notice.state,
    tlp: notice.tlp,
    ceiling: audience?.ceiling ?? null,
    releasedBySponsorOnly: frozen.rules.audiences?.[notice.audience]?.isOfCsirt !== true,
    subject: wordOf(texts, notice.textId, 'subject'),
    text: wordOf(texts, notice.textId, 'text'),
    to: Array.isArray(to) ? to.map(String) : null,
    revision: notice.revision,
    draftedBy: notice.draftedBy,
    draftedAt: instantText(notice.draftedAt),
    release: release && {
      by: release.by,
      at: instantText(release.at),
      startsAt: instantText(release.startsAt),
      every: release.everyMs === null ? null : formatDuration(release.everyMs),
      channel: release.channel,
      format: release.format,
      consulted: [...release.consulted],
      reason: wordOf(texts, release.reasonTextId, 'reason'),
    },
    instance: notice.instance,
    nextAt: instantText(notice.nextAt),
    told: { ...told },
  };
}

export function noticeTextIds(incident: Incident): readonly string[] {
  return noticesOf(incident).flatMap(({ textId, release }) =>
    release === null || release.reasonTextId === null ? [textId] : [textId, release.reasonTextId],
  );
}
