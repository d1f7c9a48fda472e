import { formatDuration } from '../domain/durations.ts';
import { clockTime } from '../domain/local-time.ts';
import type { Policy } from '../domain/policy.ts';
import type { PolicyView } from './schemas/policy.ts';

/** The policy as people and other software read it: durations in ISO 8601, hours as a clock shows them. */
export function policyView(policy: Policy): PolicyView {
  const { rules, organization, calendar } = policy;
  return {
    name: rules.name,
    hash: rules.hash,
    organization: {
      name: organization.name,
      csirt: organization.csirt,
      mail: organization.mail,
      phone: organization.phone,
      mailNoticedWithin: formatDuration(organization.mailNoticedWithinMs),
    },
    calendar: {
      timeZone: calendar.timeZone,
      days: calendar.days.map(({ weekday, fromMinute, toMinute }) => ({
        weekday,
        from: clockTime(fromMinute),
        to: clockTime(toMinute),
      })),
      holidays: [...calendar.holidays],
    },
    people: policy.people.map(({ roles, ...person }) => ({ ...person, roles: [...roles] })),
    channels: policy.channels.map((channel) => ({ ...channel })),
    serviceLevels: serviceLevelsOf(policy),
    leadTimes: policy.leadTimes.map(({ channel, hours, withinMs }) => ({
      channel,
      hours,
      within: formatDuration(withinMs),
    })),
    ladders: laddersOf(policy),
    ladderOf: { ...rules.ladderOf },
    pageOnReceipt: [...rules.pageOnReceipt],
    actions: rules.actions.map(({ withinMs, parts, applies, after, ...row }) => ({
      ...row,
      parts: [...parts],
      applies: [...applies],
      after: [...after],
      within: formatDuration(withinMs),
    })),
    scopeCriteria: [...policy.scopeCriteria],
    natures: [...policy.natures],
    criticalities: [...policy.criticalities],
    criteria: [...policy.criteria],
    severity: {
      factors: policy.severityFactors.map(({ values, ...factor }) => ({ ...factor, values: [...values] })),
      thresholds: { ...rules.severity.thresholds },
      assumptions: [...rules.severity.assumptions],
    },
    mailboxes: (policy.mailboxes ?? []).map(({ key, addresses, channel, answersAtOnce, pagesAtOnce }) => ({
      key,
      addresses: [...addresses],
      channel,
      answersAtOnce,
      pagesAtOnce,
    })),
    audiences: (policy.audiences ?? []).map(({ key, title, kind, channel, ceiling, source }) => ({
      ...{ key, title, kind, channel, ceiling, source },
    })),
    tlp: [...policy.tlp],
    directory: policy.directory.map(({ contacts, ...participant }) => ({
      ...participant,
      contacts: contacts.map((contact) => ({ ...contact, channels: { ...contact.channels } })),
    })),
    retentionYears: policy.retentionYears,
  };
}

function serviceLevelsOf({ rules }: Policy): PolicyView['serviceLevels'] {
  const { reply, overdue } = rules;
  return {
    reply: { within: formatDuration(reply.withinMs), warnBefore: formatDuration(reply.warnBeforeMs) },
    lead: { within: formatDuration(rules.leadWithinMs) },
    verification: { within: formatDuration(rules.verificationWithinMs) },
    overdue: {
      pageAfter: formatDuration(overdue.pageAfterMs),
      tellSponsorAfter: formatDuration(overdue.tellSponsorAfterMs),
    },
    acknowledgement: {
      lasts: formatDuration(rules.acknowledgementLastsMs),
      snoozeAtMost: rules.snoozeAtMostMs === undefined ? null : formatDuration(rules.snoozeAtMostMs),
    },
  };
}

function laddersOf({ rules }: Policy): PolicyView['ladders'] {
  return Object.fromEntries(
    Object.entries(rules.ladders).map(([name, { rounds, rungs }]) => [
      name,
      {
        rounds,
        rungs: rungs.map(({ targets, waitMs }) => ({
          targets: targets.map((target) => ({ ...target })),
          wait: formatDuration(waitMs),
        })),
      },
    ]),
  );
}
