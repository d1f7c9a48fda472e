import type { AudienceRule } from '../domain/notices/notice.ts';
import type { Policy } from '../domain/policy.ts';
import type { LayerHours, RotaPlan } from '../domain/rota.ts';
import type { Ladder, ProcessRules } from '../domain/rules.ts';
import { SEVERITY_FACTORS, WEEKDAYS } from '../domain/vocabulary.ts';
import type { PolicyFile } from './schema.ts';

/** Still without its hash, which is made of everything else. */
export function policyOf(file: PolicyFile): Policy {
  const { mailNoticedWithin, ...organization } = withoutSource(file.organization);
  return {
    rules: rulesOf(file),
    organization: { ...organization, mailNoticedWithinMs: mailNoticedWithin },
    calendar: {
      timeZone: file.calendar.timeZone,
      days: file.calendar.days.map(hoursOf),
      holidays: file.calendar.holidays.map(({ date }) => date),
    },
    people: file.people,
    channels: file.channels.map(({ secure, trustedForVerification, intake, ...rest }) => ({
      ...rest,
      isSecure: secure,
      isTrustedForVerification: trustedForVerification,
      intakePriority: intake,
    })),
    ...(file.automaticAnswers !== undefined && {
      automaticAnswersPerDay: file.automaticAnswers.perAddressAndDay,
    }),
    ...(file.mailboxes.length > 0 && {
      mailboxes: file.mailboxes.map(withoutSource).map(({ fyiOwesReply, ...mailbox }) => ({
        ...mailbox,
        isFyiOwedNone: !fyiOwesReply,
      })),
    }),
    leadTimes: file.leadTimes
      .map(withoutSource)
      .map(({ within, ...rest }) => ({ ...rest, withinMs: within })),
    directory: file.directory.map(withoutSource),
    scopeCriteria: file.scopeCriteria,
    natures: file.natures,
    criticalities: file.criticalities,
    criteria: file.criteria,
    severityFactors: SEVERITY_FACTORS.map((factor) => {
      const { values, ...rest } = file.severity.factors[factor];
      return { factor, values: Object.entries(values).map(([value, one]) => ({ value, ...one })), ...rest };
    }),
    tlp: file.tlp.map(withoutSource),
    letters: withoutSource(file.letters),
    retentionYears: file.retention.keep,
    paging: {
      oneMessagePerMs: file.serviceLevels.paging.oneMessagePer,
      nextContactAfterMs: file.serviceLevels.paging.nextContactAfter,
      linkLastsMs: file.serviceLevels.paging.linkLasts,
      codeLastsMs: file.serviceLevels.paging.codeLasts,
      shiftNoticeBeforeMs: file.serviceLevels.paging.shiftNoticeBefore,
    },
    egressAllow: file.egress.allow,
    ...(file.rotas.length > 0 && { rotas: file.rotas.map(rotaPlanOf) }),
    ...(file.audiences.length > 0 && {
      audiences: file.audiences,
      notices: file.notices.map(({ template, ...cell }) => ({
        ...cell,
        // The checks have found it there.
        template: file.noticeTemplates[template] ?? { subject: '', text: '' },
      })),
    }),
  };
}

export function rotaPlanOf(rota: PolicyFile['rotas'][number]): RotaPlan {
  const { layers, ...rest } = withoutSource(rota);
  return { ...rest, layers: layers.map(({ hours, ...layer }) => ({ ...layer, hours: hours.map(hoursOf) })) };
}

function hoursOf({ weekday, from, to }: PolicyFile['calendar']['days'][number]): LayerHours {
  return {
    weekday: (WEEKDAYS.indexOf(weekday) + 1) as LayerHours['weekday'],
    fromMinute: from,
    toMinute: to,
  };
}

function rulesOf(file: PolicyFile): ProcessRules {
  const { reply, lead, verification, overdue, acknowledgement, pages, everyRow } = file.serviceLevels;
  return {
    name: file.name,
    hash: '',
    reply: { withinMs: reply.within, warnBeforeMs: reply.warnBefore },
    leadWithinMs: lead.within,
    verificationWithinMs: verification.within,
    overdue: { pageAfterMs: overdue.pageAfter, tellSponsorAfterMs: overdue.tellSponsorAfter },
    actions: file.actions
      .map(withoutSource)
      .map(({ within, waivable, ...row }) => ({
        ...row,
        withinMs: everyRow?.within ?? within,
        isWaivable: waivable,
      }))
      .toSorted((a, b) => a.row - b.row),
    ladders: mapValues(file.ladders, (one) => ladderRule(one, file.serviceLevels.everyLadder)),
    ladderOf: file.ladderOf,
    acknowledgementLastsMs: acknowledgement.lasts,
    ...(acknowledgement.snoozeAtMost !== undefined && { snoozeAtMostMs: acknowledgement.snoozeAtMost }),
    armAheadMs: pages.armAhead,
    pageOnReceipt: pages.onReceiptBy,
    phonePageCallsForLead: true,
    channels: Object.fromEntries(file.channels.map((one) => [one.key, { isSecure: one.secure }])),
    ...(file.chat !== undefined && { channelFor: file.chat.opensFor }),
    severity: {
      factors: mapValues(file.severity.factors, ({ values }) => mapValues(values, ({ points }) => points)),
      thresholds: file.severity.thresholds,
      assumptions: file.severity.assumptions.map(({ when, assume }) => ({ when, assume })),
    },
    ...(file.audiences.length > 0 && {
      audiences: Object.fromEntries(file.audiences.map((one) => [one.key, audienceRule(one)])),
      notices: file.notices.map(({ audience, trigger }) => ({ audience, trigger })),
    }),
  };
}

function audienceRule({ kind, to, ceiling, channel }: PolicyFile['audiences'][number]): AudienceRule {
  const isOfCsirt = kind === 'own-people' && 'roles' in to && to.roles.every((role) => role === 'csirt');
  return { kind, ceiling, channel, isOfCsirt };
}

function ladderRule(
  { rounds, rungs }: PolicyFile['ladders'][string],
  every: PolicyFile['serviceLevels']['everyLadder'],
): Ladder {
  return {
    rungs: rungs.map(({ ring, wait }) => ({ targets: ring, waitMs: every?.wait ?? wait })),
    rounds: every?.rounds ?? rounds,
  };
}

/** Where the domain's type has no place for it: the source is for the reader of the file. */
function withoutSource<Entry extends { readonly source: string }>(entry: Entry): Omit<Entry, 'source'> {
  const { source: _, ...rest } = entry;
  return rest;
}

function mapValues<Name extends string, From, To>(
  values: Readonly<Record<Name, From>>,
  change: (value: From) => To,
): Record<Name, To> {
  const changed = Object.entries<From>(values).map(([name, value]) => [name, change(value)]);
  return Object.fromEntries(changed) as Record<Name, To>;
}
