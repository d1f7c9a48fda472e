import { requirePerson } from '../people-and-channels.ts';
import { IncidentParams, LeadBody, TeamBody } from '../schemas/decisions.ts';
import { addDecision, type Office } from './deciding.ts';

/** Who leads, and who works on it. Source: IC-10, IC-24, NM-21. */
export function addLeadAndTeam(office: Office): void {
  addDecision(office, {
    verb: 'lead',
    path: 'lead',
    summary: 'Name the lead, or hand the lead over',
    params: IncidentParams,
    body: LeadBody,
    step({ body, inForce, words }) {
      const person = requirePerson(inForce, body.username, '/username');
      return {
        verb: 'lead',
        username: person.username,
        isCsirt: person.roles.includes('csirt'),
        reasonTextId: body.reason === undefined ? null : words.keep({ reason: body.reason }),
      };
    },
  });
  addDecision(office, {
    verb: 'team',
    path: 'team',
    summary: 'Appoint to the handling team, or release from it',
    params: IncidentParams,
    body: TeamBody,
    step({ body, inForce, words }) {
      if ('remove' in body) {
        return { verb: 'team-remove', username: body.remove, textId: words.keep({ reason: body.reason }) };
      }
      requirePerson(inForce, body.username, '/username');
      return { verb: 'team', username: body.username, role: body.role };
    },
  });
}
