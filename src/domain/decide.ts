import { may, type About } from './access.ts';
import type { Command } from './commands.ts';
import { complete, correct, designate, waive } from './decisions/actions.ts';
import { assess, reassess } from './decisions/assessment.ts';
import { openChannel } from './decisions/channels.ts';
import { callIn, consult, correctKind, restartPage } from './decisions/calls.ts';
import type { Outcome, Situation } from './decisions/draft.ts';
import { close, dismiss, handOff, merge, reopen } from './decisions/endings.ts';
import { relabel } from './decisions/label.ts';
import { joinTeam, leaveTeam, nameLead } from './decisions/lead.ts';
import { decideNotice } from './decisions/notices.ts';
import { handOnPage, snoozePage } from './decisions/pages.ts';
import { question, reply } from './decisions/replies.ts';
import { decideSuspension, moveSuspension, verifyRequest } from './decisions/suspensions.ts';
import type { Incident } from './incident.ts';
import type { ProcessRules } from './rules.ts';

/**
 * Whether a step may be taken now, and what it makes happen. Pure: the API's simulator, the workflow's
 * validator and its handler, and the tests call this same function.
 */
export function decide(incident: Incident, command: Command, rules: ProcessRules, now: number): Outcome {
  const { by, step } = command;
  const refusal = may(by, step.verb, incident, aboutOf(command));
  if (refusal !== null) return refusal;
  const on = <S>(own: S) => ({ incident, by, step: own, rules, now });
  switch (step.verb) {
    case 'lead':
      return nameLead(on(step));
    case 'kind':
      return correctKind(on(step));
    case 'reply':
      return reply(on(step));
    case 'question':
      return question(on(step));
    case 'assessment':
      return assess(on(step));
    case 'reassessment':
      return reassess(on(step));
    case 'hand-off':
      return handOff(on(step));
    case 'dismiss':
      return dismiss(on(step));
    case 'merge':
      return merge(on(step));
    case 'reopen':
      return reopen(on(step));
    case 'complete':
      return complete(on(step));
    case 'correct':
      return correct(on(step));
    case 'waive':
      return waive(on(step));
    case 'designate':
      return designate(on(step));
    case 'request-verification':
      return verifyRequest(on(step));
    case 'suspensions':
      return decideSuspension(on(step));
    case 'suspension-done':
    case 'suspension-lift':
    case 'suspension-lifted':
      return moveSuspension({ incident, by, step, rules, now } satisfies Situation<typeof step.verb>);
    case 'consultations':
      return consult(on(step));
    case 'team':
      return joinTeam(on(step));
    case 'team-remove':
      return leaveTeam(on(step));
    case 'pages':
      return callIn(on(step));
    case 'page-restart':
      return restartPage(on(step));
    case 'page-hand-on':
      return handOnPage(on(step));
    case 'page-snooze':
      return snoozePage(on(step));
    case 'label':
      return relabel(on(step));
    case 'close':
      return close(on(step));
    case 'notice-draft':
    case 'notice-edit':
    case 'notice-release':
    case 'notice-discard':
    case 'notice-stop':
    case 'notice-correct':
    case 'notice-withdraw':
    case 'notice-label':
      return decideNotice({ incident, by, step, rules, now });
    case 'channel':
      return openChannel(on(step));
  }
}

/** Whom a page rang stands in its rows; the door has looked there. */
function aboutOf({ by, step }: Command): About {
  return 'isPaged' in step && step.isPaged ? { paged: [by.username] } : {};
}
