import type { PageTarget } from '../../domain/incident.ts';
import type { Policy } from '../../domain/policy.ts';
import { ROLES, type Role } from '../../domain/vocabulary.ts';
import { requirePerson, requireTrustedContact } from '../people-and-channels.ts';
import { wrongField } from '../problem.ts';
import { ConsultationBody, IncidentParams, PageBody, VerificationBody } from '../schemas/decisions.ts';
import { addDecision, type Office } from './deciding.ts';

/** Reaching people: to verify a request, to consult, to call in. Source: IC-6, IC-24, NM-11. */
export function addCalls(office: Office): void {
  addDecision(office, {
    verb: 'request-verification',
    path: 'request-verification',
    summary: 'Record that a suspension request was verified out of band',
    params: IncidentParams,
    body: VerificationBody,
    step({ body, frozen, words }) {
      const { contact, channel, result, note } = body;
      requireTrustedContact(frozen, body);
      return { verb: 'request-verification', result, textId: words.keep({ contact, channel, note }) };
    },
  });
  addDecision(office, {
    verb: 'consultations',
    path: 'consultations',
    summary: 'Ask somebody for what they know',
    params: IncidentParams,
    body: ConsultationBody,
    step({ body, inForce, words }) {
      requirePerson(inForce, body.asked, '/asked');
      return { verb: 'consultations', asked: body.asked, textId: words.keep({ question: body.question }) };
    },
  });
  addDecision(office, {
    verb: 'pages',
    path: 'pages',
    summary: 'Page somebody by hand; it climbs like every page',
    params: IncidentParams,
    body: PageBody,
    step: ({ actor, body, frozen, inForce, words }) => ({
      verb: 'pages',
      target: targetOf(body.to === 'me' ? actor.username : body.to, frozen, inForce),
      textId: body.note === undefined ? null : words.keep({ note: body.note }),
    }),
  });
}

/** A person first: usernames are the organization's to choose, and one may be spelled like a role. */
function targetOf(to: string, frozen: Policy, inForce: Policy): PageTarget {
  const then = frozen.rules.ladderOf['call-in'];
  if (inForce.people.some(({ username }) => username === to)) return { person: to, then };
  if (to === 'lead' || isRole(to)) return { role: to, then };
  throw wrongField(
    'unknown-key',
    '/to',
    `Expected a person of the policy or a role: ${ROLES.join(', ')}, lead.`,
  );
}

function isRole(word: string): word is Role {
  return ROLES.some((role) => role === word);
}
