import { formatDuration } from '../durations.ts';
import type { Incident } from '../incident.ts';
import { utcSeconds } from '../local-time.ts';
import type { Policy } from '../policy.ts';
import { oneLine } from '../text-layout.ts';
import { people, readable, type Texts, wordOf } from '../timeline-words.ts';
import type { Tlp } from '../tlp.ts';
import {
  type Notice,
  type NoticeFormat,
  noticesOf,
  type NoticeState,
  type NoticeTrigger,
  RECURRING_TRIGGERS,
} from './notice.ts';

/** Who is told what, when, over what and how. Source: IC-32. */
export interface CommunicationPlan {
  readonly incidentId: string;
  readonly representative: { readonly named: readonly string[]; readonly proposed: readonly string[] };
  readonly notices: readonly PlannedNotice[];
  /** What the matrix has for triggers that were not reached yet. */
  readonly ahead: readonly {
    readonly who: string;
    readonly trigger: NoticeTrigger;
    readonly channel: string;
  }[];
}

interface PlannedNotice {
  readonly n: number;
  readonly who: string;
  readonly what: string;
  /** Null while it is not released. */
  readonly when: number | null;
  readonly everyMs: number | null;
  readonly channel: string;
  readonly format: NoticeFormat;
  readonly tlp: Tlp;
  readonly state: NoticeState;
  readonly releasedBy: string | null;
}

export function communicationPlan(
  incident: Incident,
  { audiences = [], notices = [] }: Pick<Policy, 'audiences' | 'notices'>,
  inForce: Pick<Policy, 'people'>,
  texts: Texts,
): CommunicationPlan {
  const audienceOf = (key: string) => audiences.find((one) => one.key === key);
  const named = incident.team.filter(({ role }) => role === 'communications').map((one) => one.username);
  const holders = inForce.people.filter(({ roles }) => roles.includes('communications'));
  const made = noticesOf(incident);
  return {
    incidentId: incident.id,
    representative: { named, proposed: named.length > 0 ? [] : holders.map(({ username }) => username) },
    notices: made
      .filter(({ state }) => state !== 'discarded')
      .map((notice) => ({
        n: notice.n,
        who: audienceOf(notice.audience)?.title ?? notice.audience,
        what: wordOf(texts, notice.textId, 'subject') ?? what(notice),
        when: notice.nextAt ?? notice.release?.startsAt ?? null,
        everyMs: notice.release?.everyMs ?? null,
        channel: notice.release?.channel ?? audienceOf(notice.audience)?.channel ?? '',
        format: notice.release?.format ?? 'plain-text',
        tlp: notice.tlp,
        state: notice.state,
        releasedBy: notice.release?.by ?? null,
      })),
    ahead: notices
      .filter(
        ({ audience, trigger }) =>
          RECURRING_TRIGGERS.includes(trigger) ||
          !made.some((notice) => notice.audience === audience && notice.trigger === trigger),
      )
      .map(({ audience, trigger }) => ({
        who: audienceOf(audience)?.title ?? audience,
        trigger,
        channel: audienceOf(audience)?.channel ?? '',
      })),
  };
}

/** The same as a document. */
export function planDocument(plan: CommunicationPlan): string {
  const { named, proposed } = plan.representative;
  const nobody = `nobody yet${proposed.length === 0 ? '' : `; ${people(proposed)} could be`}`;
  return [
    `# Communication plan of ${plan.incidentId}`,
    '',
    `Communications representative: ${named.length === 0 ? nobody : people(named)}`,
    '',
    '## Notices',
    '',
    ...rows(
      ['No.', 'Who', 'What', 'When', 'Channel', 'Format', 'TLP', 'State', 'Released by'],
      plan.notices.map((one) => [
        String(one.n),
        one.who,
        one.what,
        whenOf(one),
        one.channel,
        readable(one.format),
        one.tlp,
        one.state,
        one.releasedBy === null ? '' : people([one.releasedBy]),
      ]),
    ),
    '',
    '## Ahead',
    '',
    ...rows(
      ['Who', 'When this is reached', 'Channel'],
      plan.ahead.map(({ who, trigger, channel }) => [who, readable(trigger), channel]),
    ),
    '',
  ].join('\n');
}

function whenOf({ when, everyMs }: PlannedNotice): string {
  if (when === null) return 'once it is released';
  return everyMs === null ? utcSeconds(when) : `${utcSeconds(when)}, every ${formatDuration(everyMs)}`;
}

function what({ trigger, follows }: Notice): string {
  if (follows !== null) return `${follows.as} of notice ${follows.n}`;
  return trigger === null ? 'a notice' : readable(trigger);
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): readonly string[] {
  if (body.length === 0) return ['None.'];
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.map(cell).join(' | ')} |`);
}

/** No word in it ends a cell, makes a link or a tag. */
function cell(text: string): string {
  return oneLine(text)
    .replaceAll(/[\\|`*_[\]#]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');
}
