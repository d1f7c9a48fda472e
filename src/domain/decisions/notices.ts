import type { Actor } from '../actor.ts';
import { isOfCommunications } from '../access.ts';
import type { Incident } from '../incident.ts';
import {
  type AudienceRule,
  isUnderWay,
  type Notice,
  noticesOf,
  type NoticeState,
} from '../notices/notice.ts';
import type { NoticeVerb } from '../notices/steps.ts';
import { isRefusal, refuse, type Refusal } from '../refusal.ts';
import type { ProcessRules } from '../rules.ts';
import { isStricter, type Tlp } from '../tlp.ts';
import { draft, type Draft, type Outcome, requireStage, type Situation } from './draft.ts';

/** The steps of notices: drafted by whoever works on it, released by whose word it is. Source: IC-31, IC-32, NM-34. */
export function decideNotice({
  step,
  ...around
}: Omit<Situation<NoticeVerb>, 'step'> & {
  readonly step: Situation<NoticeVerb>['step'];
}): Outcome {
  switch (step.verb) {
    case 'notice-draft':
      return draftNotice({ ...around, step });
    case 'notice-edit':
      return editNotice({ ...around, step });
    case 'notice-release':
      return releaseNotice({ ...around, step });
    case 'notice-discard':
      return discardNotice({ ...around, step });
    case 'notice-stop':
      return stopNotice({ ...around, step });
    case 'notice-correct':
      return correctNotice({ ...around, step });
    case 'notice-withdraw':
      return withdrawNotice({ ...around, step });
    case 'notice-label':
      return labelNotice({ ...around, step });
  }
}

/** Shorter than this a repetition is a mistake, and a burden on whoever gets it. */
const EVERY_MIN_MS = 60_000;

function draftNotice({ incident, step, rules }: Situation<'notice-draft'>): Outcome {
  const refusal = requireStage(
    incident,
    ['received', 'triage', 'response', 'review', 'closed', 'handed-off'],
    'A notice',
  );
  if (refusal !== null) return refusal;
  const audience = audienceOf(rules, step.audience);
  if (isRefusal(audience)) return audience;
  const tlp = step.tlp ?? incident.tlp;
  const tooStrict = step.tlp === null ? null : beyondCeiling(step.audience, audience, tlp);
  if (tooStrict !== null) return tooStrict;
  return [
    draft({
      type: 'notice-drafted',
      n: nextNumber(incident),
      audience: step.audience,
      trigger: step.trigger,
      follows: null,
      tlp,
      textId: step.textId,
    }),
  ];
}

/** A text that was released is another one once it is edited: it waits for a release again. */
function editNotice({ incident, step, rules }: Situation<'notice-edit'>): Outcome {
  const found = noticeIn(incident, rules, step.n, ['drafted', 'scheduled']);
  if (isRefusal(found)) return found;
  const { notice, audience } = found;
  if (notice.instance > 0) {
    return refuse('not-now', `Notice ${notice.n} has gone out; stop it, and draft another, or correct it.`);
  }
  const tlp = step.tlp ?? notice.tlp;
  return (
    beyondCeiling(notice.audience, audience, tlp) ?? [
      draft({ type: 'notice-edited', n: notice.n, tlp, textId: step.textId }),
    ]
  );
}

function releaseNotice({ incident, by, step, rules, now }: Situation<'notice-release'>): Outcome {
  const found = noticeIn(incident, rules, step.n, ['drafted', 'stopped']);
  if (isRefusal(found)) return found;
  const { notice, audience } = found;
  const refusal =
    notReleaser(by, incident, notice, audience) ??
    beyondCeiling(notice.audience, audience, notice.tlp) ??
    notConsulted(by, incident, step.consulted, step.reasonTextId) ??
    wrongTerms(step, notice, audience, now);
  if (refusal !== null) return refusal;
  if (step.revision !== notice.revision) {
    return refuse(
      'not-now',
      `Notice ${notice.n} is at revision ${notice.revision}: read it again, and release what you have read.`,
      '/revision',
    );
  }
  const startsAt = step.startsAt ?? now;
  const { everyMs, format, consulted, reasonTextId } = step;
  const release = draft({
    type: 'notice-released',
    ...{ n: notice.n, startsAt, everyMs, format, consulted, reasonTextId },
    channel: step.channel ?? audience.channel,
  });
  return step.startsAt === null ? [release, goingOut(notice)] : [release];
}

function discardNotice({ incident, step, rules }: Situation<'notice-discard'>): Outcome {
  const found = noticeIn(incident, rules, step.n, ['drafted']);
  if (isRefusal(found)) return found;
  return [draft({ type: 'notice-discarded', n: step.n, textId: step.textId })];
}

/** Who got it keeps it; nobody else gets it, until it is released again. */
function stopNotice({ incident, step, rules }: Situation<'notice-stop'>): Outcome {
  const found = noticeIn(incident, rules, step.n, ['scheduled', 'sending']);
  if (isRefusal(found)) return found;
  return [draft({ type: 'notice-stopped', n: step.n, because: 'stopped', textId: step.textId })];
}

/** Goes to exactly those who got the first, once it is released like any other. */
function correctNotice({ incident, step, rules }: Situation<'notice-correct'>): Outcome {
  const found = noticeIn(incident, rules, step.n, ['sending', 'sent', 'stopped', 'scheduled']);
  if (isRefusal(found)) return found;
  const { notice, audience } = found;
  if (notice.instance === 0) return refuse('not-now', `Nobody has notice ${notice.n} yet: edit it.`);
  const tlp = step.tlp ?? notice.tlp;
  return (
    beyondCeiling(notice.audience, audience, tlp) ?? [
      draft({
        type: 'notice-drafted',
        n: nextNumber(incident),
        audience: notice.audience,
        trigger: notice.trigger,
        follows: { n: notice.n, as: 'correction' },
        tlp,
        textId: step.textId,
      }),
    ]
  );
}

/** Before its instant nothing goes out. After that, those who have it are told, which is a release of its own. */
function withdrawNotice({ incident, by, step, rules, now }: Situation<'notice-withdraw'>): Outcome {
  const found = noticeIn(incident, rules, step.n, ['scheduled', 'sending', 'sent', 'stopped']);
  if (isRefusal(found)) return found;
  const { notice, audience } = found;
  const withdrawn = draft({ type: 'notice-withdrawn', n: notice.n, textId: step.textId });
  if (notice.instance === 0) return [withdrawn];
  const refusal =
    notReleaser(by, incident, notice, audience) ?? beyondCeiling(notice.audience, audience, notice.tlp);
  if (refusal !== null) return refusal;
  if (step.wordsTextId === null) {
    return refuse(
      'reason-required',
      `Notice ${notice.n} has gone out: say in \`text\` what those who have it are told.`,
      '/text',
    );
  }
  return [withdrawn, ...withdrawal(nextNumber(incident), notice, audience, step.wordsTextId, now)];
}

function withdrawal(
  n: number,
  { n: first, audience: key, tlp }: Notice,
  { channel }: AudienceRule,
  textId: string,
  now: number,
): readonly Draft[] {
  const follows = { n: first, as: 'withdrawal' } as const;
  return [
    draft({ type: 'notice-drafted', n, audience: key, trigger: null, follows, tlp, textId }),
    draft({
      type: 'notice-released',
      ...{ n, startsAt: now, everyMs: null, channel, format: 'plain-text', consulted: [] },
      reasonTextId: null,
    }),
    draft({ type: 'notice-sending', n, instance: 1 }),
  ];
}

/** Anybody who holds it may raise a label; lowering is done where the text is edited. Source: IC-30. */
function labelNotice({ incident, step, rules }: Situation<'notice-label'>): Outcome {
  const found = noticeIn(incident, rules, step.n, ['drafted', 'scheduled', 'sending', 'sent', 'stopped']);
  if (isRefusal(found)) return found;
  const { notice } = found;
  if (!isStricter(step.tlp, notice.tlp)) {
    return refuse(
      'invalid',
      `Expected a stricter label than TLP:${notice.tlp}; it is lowered by whoever edits the text.`,
      '/tlp',
    );
  }
  const labelled = draft({ type: 'notice-labelled', n: notice.n, tlp: step.tlp, textId: step.textId });
  return isUnderWay(notice)
    ? [labelled, draft({ type: 'notice-stopped', n: notice.n, because: 'label-raised', textId: null })]
    : [labelled];
}

/** One that was stopped goes on: who has it does not get it twice. */
function goingOut({ n, state, instance }: Notice): Draft {
  return draft({ type: 'notice-sending', n, instance: state === 'stopped' ? instance : instance + 1 });
}

function nextNumber(incident: Incident): number {
  return noticesOf(incident).length + 1;
}

function audienceOf(rules: ProcessRules, key: string): AudienceRule | Refusal {
  const { audiences = {} } = rules;
  const audience = Object.hasOwn(audiences, key) ? audiences[key] : undefined;
  if (audience !== undefined) return audience;
  const known = Object.keys(audiences).join(', ');
  return known === ''
    ? refuse('not-now', 'This incident began under a policy without audiences.')
    : refuse('unknown-key', `Expected an audience of the policy: ${known}.`, '/audience');
}

function noticeIn(
  incident: Incident,
  rules: ProcessRules,
  n: number,
  states: readonly NoticeState[],
): { readonly notice: Notice; readonly audience: AudienceRule } | Refusal {
  const notice = noticesOf(incident).find((one) => one.n === n);
  if (notice === undefined) return refuse('not-found', `There is no notice ${n} of this incident.`);
  const audience = audienceOf(rules, notice.audience);
  if (isRefusal(audience)) return audience;
  return states.includes(notice.state)
    ? { notice, audience }
    : refuse('not-now', `Notice ${n} is ${notice.state}; expected one that is ${states.join(' or ')}.`);
}

/** Source: IC-31. */
function notReleaser(
  by: Actor,
  incident: Incident,
  { audience: key }: Notice,
  audience: AudienceRule,
): Refusal | null {
  if (by.roles.includes('executive')) return null;
  if (!audience.isOfCsirt) {
    return refuse(
      'not-yours',
      `What goes to ${key} leaves the CSIRT: the Executive Sponsor alone releases it, or tells those who have it.`,
    );
  }
  return by.username === incident.lead || isOfCommunications(by, incident)
    ? null
    : refuse(
        'not-yours',
        'Within the CSIRT the lead, the communications representative or the Executive Sponsor releases.',
      );
}

/** Source: IC-30. */
function beyondCeiling(key: string, { ceiling }: AudienceRule, tlp: Tlp): Refusal | null {
  return isStricter(tlp, ceiling)
    ? refuse(
        'invalid',
        `The text is TLP:${tlp}, and what goes to ${key} is TLP:${ceiling} at the strictest: make a text that may be labelled so.`,
        '/tlp',
      )
    : null;
}

/** Source: IC-31: in consultation with the lead. */
function notConsulted(
  by: Actor,
  { lead }: Incident,
  consulted: readonly string[],
  reasonTextId: string | null,
): Refusal | null {
  const isConsulted = lead === null || lead === by.username || consulted.includes(lead);
  return isConsulted || reasonTextId !== null
    ? null
    : refuse(
        'reason-required',
        `Name ${lead}, who leads, among those consulted, or say in \`reason\` why not.`,
        '/consulted',
      );
}

function wrongTerms(
  { startsAt, everyMs, channel }: Situation<'notice-release'>['step'],
  notice: Notice,
  audience: AudienceRule,
  now: number,
): Refusal | null {
  if (startsAt !== null && startsAt <= now) {
    return refuse('invalid', 'Expected an instant in the future; leave it out to release at once.', '/at');
  }
  if (startsAt !== null && notice.state === 'stopped') {
    return refuse('invalid', `Notice ${notice.n} is in the middle of going out: it goes on at once.`, '/at');
  }
  if (everyMs !== null && (everyMs < EVERY_MIN_MS || notice.follows !== null)) {
    return refuse('invalid', 'Expected PT1M or longer; a correction goes out once.', '/every');
  }
  return channel !== null && channel !== audience.channel
    ? refuse('invalid', `What goes to ${notice.audience} goes over ${audience.channel}.`, '/channel')
    : null;
}
