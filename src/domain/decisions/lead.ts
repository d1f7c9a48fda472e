import { refuse } from '../refusal.ts';
import { draft, OPEN_STAGES, requireStage, type Outcome, type Situation } from './draft.ts';

/** Names the lead, or hands the lead over. Source: IC-10, IC-24, NM-21. */
export function nameLead({ incident, by, step }: Situation<'lead'>): Outcome {
  const refusal = requireStage(incident, OPEN_STAGES, 'Naming a lead');
  if (refusal !== null) return refusal;
  const isHandOver = incident.lead !== null;
  if (isHandOver && incident.lead !== by.username && !by.roles.includes('executive')) {
    return refuse('not-yours', `${incident.lead} is the lead; the lead or the Executive Sponsor hands over.`);
  }
  if (incident.lead === step.username) {
    return refuse('already-done', `${step.username} is the lead already.`, '/username');
  }
  if (!step.isCsirt && !incident.team.some((member) => member.username === step.username)) {
    return refuse('invalid', 'The lead is a member of the CSIRT or of the handling team.', '/username');
  }
  if (isHandOver && step.reasonTextId === null) {
    return refuse('reason-required', 'A hand-over of the lead has a reason.', '/reason');
  }
  return [draft({ type: 'lead-named', lead: step.username, from: incident.lead, textId: step.reasonTextId })];
}

/** Appoints to the handling team, or releases from it. Source: IC-24. */
export function joinTeam({ incident, step }: Situation<'team'>): Outcome {
  const refusal = requireStage(incident, OPEN_STAGES, 'Appointing to the team');
  if (refusal !== null) return refusal;
  if (incident.team.some((member) => member.username === step.username && member.role === step.role)) {
    return refuse('already-done', `${step.username} is ${step.role} on this incident already.`);
  }
  return [draft({ type: 'team-joined', username: step.username, role: step.role })];
}

export function leaveTeam({ incident, step }: Situation<'team-remove'>): Outcome {
  const refusal = requireStage(incident, OPEN_STAGES, 'Releasing from the team');
  if (refusal !== null) return refusal;
  if (!incident.team.some((member) => member.username === step.username)) {
    return refuse('invalid', `${step.username} is not on this incident's team.`, '/remove');
  }
  return [draft({ type: 'team-left', username: step.username, textId: step.textId })];
}
