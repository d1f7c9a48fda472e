import type { Actor } from './actor.ts';
import type { DecisionVerb } from './commands.ts';
import type { Incident } from './incident.ts';
import { refuse, type Refusal } from './refusal.ts';

/**
 * Who may do what: the API contract's tables as data. Every route goes through `may`, and so does every
 * command inside the workflow, so that neither door is the only lock.
 */

/**
 * Somebody to whom a verb is granted. `as-the-row-says` is settled by the matrix row itself; `counsel-of-inquiry` is the
 * General Counsel where the incident is an inquiry of law enforcement. Source: IC-5.
 */
export type Grant =
  | 'anybody'
  | 'signed-in'
  | 'csirt'
  | 'team'
  | 'lead'
  | 'executive'
  | 'legal'
  | 'general-counsel'
  | 'counsel-of-inquiry'
  | 'operations'
  | 'auditor'
  | 'admin'
  | 'asked'
  | 'paged'
  | 'self'
  | 'as-the-row-says'
  | 'communications';

type FactVerb =
  | 'report'
  | 'phone'
  | 'canary'
  | 'reporter-answer'
  | 'note'
  | 'contact-attempts'
  | 'consultation-answer'
  | 'acknowledge'
  | 'audit-acknowledge'
  | 'contact-change'
  | 'rota-note'
  | 'calendar-feed-change'
  | 'decline'
  | 'page-link-answer'
  | 'callback'
  | 'rota-change'
  | 'rota-override'
  | 'rota-override-withdraw'
  | 'certificate-change'
  | 'participants-import'
  | 'upload-open'
  | 'upload-send';
type ReadVerb =
  | 'report-status'
  | 'incidents'
  | 'incident'
  | 'timeline'
  | 'pages-list'
  | 'page'
  | 'page-link'
  | 'duties'
  | 'rotas'
  | 'rota'
  | 'on-call'
  | 'rota-notes'
  | 'calendar-feeds'
  | 'calendar-feed'
  | 'contacts'
  | 'audit'
  | 'readiness'
  | 'paging-figures'
  | 'message'
  | 'certificates'
  | 'keys'
  | 'policy'
  | 'health'
  | 'ready'
  | 'metrics'
  | 'documentation'
  | 'notices'
  | 'communication-plan'
  | 'participants'
  | 'chat-log'
  | 'upload'
  | 'upload-link';
export type Verb = DecisionVerb | FactVerb | ReadVerb;

export interface Access {
  readonly kind: 'decision' | 'fact' | 'read';
  readonly who: readonly Grant[];
}

const decision = (...who: Grant[]): Access => ({ kind: 'decision', who });
const fact = (...who: Grant[]): Access => ({ kind: 'fact', who });
const read = (...who: Grant[]): Access => ({ kind: 'read', who });

/** Who reads an incident and its timeline whole. */
const READERS: readonly Grant[] = [
  'csirt',
  'team',
  'lead',
  'executive',
  'legal',
  'auditor',
  'counsel-of-inquiry',
];

export const ACCESS: Readonly<Record<Verb, Access>> = {
  report: fact('anybody'),
  'report-status': read('anybody'),
  'reporter-answer': fact('anybody'),
  phone: fact('csirt'),
  canary: fact('csirt'),

  incidents: read('signed-in'),
  incident: read(...READERS, 'general-counsel', 'operations', 'asked', 'paged'),
  timeline: read(...READERS),
  note: fact('csirt', 'team', 'lead', 'executive'),

  lead: decision('csirt', 'lead', 'executive'),
  kind: decision('csirt', 'legal', 'general-counsel'),
  reply: decision('csirt'),
  question: decision('csirt'),
  assessment: decision('lead', 'executive'),
  reassessment: decision('lead', 'executive'),
  'hand-off': decision('lead', 'general-counsel'),
  dismiss: decision('csirt'),
  merge: decision('csirt', 'lead', 'executive'),
  reopen: decision('csirt', 'executive'),
  complete: decision('as-the-row-says'),
  correct: decision('as-the-row-says'),
  waive: decision('lead', 'executive'),
  designate: decision('lead'),
  'request-verification': decision('csirt'),
  suspensions: decision('lead', 'executive'),
  'suspension-done': decision('operations'),
  'suspension-lift': decision('lead', 'executive'),
  'suspension-lifted': decision('operations'),
  'contact-attempts': fact('csirt', 'team', 'lead'),
  consultations: decision('csirt'),
  'consultation-answer': fact('asked'),
  team: decision('lead', 'executive'),
  'team-remove': decision('lead', 'executive'),
  pages: decision('csirt'),
  // Of these, whose it is to lower one says the decision itself.
  label: decision('csirt', 'team', 'lead', 'executive', 'legal', 'counsel-of-inquiry'),
  close: decision('executive'),

  'pages-list': read('csirt', 'auditor', 'paged'),
  page: read('csirt', 'auditor', 'paged'),
  acknowledge: fact('csirt', 'paged'),
  decline: fact('csirt', 'paged'),
  'page-restart': decision('csirt'),
  // Of these, whose page it is says the decision itself.
  'page-hand-on': decision('csirt', 'paged'),
  'page-snooze': decision('csirt', 'paged'),
  // Whoever has the link: it is signed for one person and one page, and who that person is decides.
  'page-link': read('anybody'),
  'page-link-answer': fact('anybody'),
  // Whoever signs as the provider does.
  callback: fact('anybody'),
  rotas: read('signed-in'),
  rota: read('signed-in'),
  'on-call': read('signed-in'),
  contacts: read('self', 'csirt', 'executive', 'auditor', 'admin'),
  'contact-change': fact('self'),
  // Its address is a secret, and shown to nobody else.
  'calendar-feeds': read('self'),
  'calendar-feed-change': fact('self'),
  // Whoever has the address: calendar programs cannot sign in.
  'calendar-feed': read('anybody'),
  'rota-notes': read('csirt', 'executive', 'auditor'),
  'rota-note': fact('csirt', 'executive'),
  readiness: read('csirt', 'executive', 'auditor', 'admin'),
  'paging-figures': read('csirt', 'executive', 'auditor', 'admin'),
  'rota-change': fact('executive', 'admin'),
  'rota-override': fact('csirt', 'executive', 'admin'),
  'rota-override-withdraw': fact('csirt', 'executive', 'admin'),
  audit: read('csirt', 'executive', 'auditor', 'admin'),
  'audit-acknowledge': fact('executive', 'admin', 'paged'),
  duties: read('signed-in'),
  message: read('csirt', 'auditor'),
  certificates: read('csirt', 'auditor'),
  // Whoever could give one could pass for its owner.
  'certificate-change': fact('csirt'),
  keys: read('anybody'),
  policy: read('signed-in'),
  health: read('anybody'),
  ready: read('anybody'),
  metrics: read('anybody'),
  documentation: read('anybody'),

  notices: read(...READERS),
  'communication-plan': read(...READERS),
  'notice-draft': decision('csirt', 'team', 'lead', 'executive', 'communications'),
  'notice-edit': decision('lead', 'executive', 'communications'),
  // Of an audience outside the CSIRT the Executive Sponsor alone: the decision itself says so. Source: IC-31.
  'notice-release': decision('lead', 'executive', 'communications'),
  'notice-discard': decision('lead', 'executive', 'communications'),
  'notice-stop': decision('csirt', 'lead', 'executive', 'communications'),
  'notice-correct': decision('lead', 'executive', 'communications'),
  'notice-withdraw': decision('lead', 'executive', 'communications'),
  'notice-label': decision('csirt', 'team', 'lead', 'executive', 'communications'),
  participants: read('csirt', 'executive', 'auditor', 'admin'),
  'participants-import': fact('csirt', 'admin'),
  channel: decision('csirt', 'lead'),
  'chat-log': read(...READERS),

  'upload-open': fact('csirt'),
  upload: read('csirt', 'lead'),
  // Whoever has the link: it takes one file, and gives nothing.
  'upload-link': read('anybody'),
  'upload-send': fact('anybody'),
};

/** What a verb is about, where the incident alone does not tell. */
export interface About {
  /** The person whom a consultation asks. */
  readonly asked?: string;
  /** The people whom a page rang, and those on the first rung of its ladder. */
  readonly paged?: readonly string[];
  /** Whose own it is. */
  readonly person?: string;
}

/** Null when the actor may; otherwise a refusal that says whose it is. */
export function may(
  actor: Actor | null,
  verb: Verb,
  incident: Incident | null,
  about: About = {},
): Refusal | null {
  const { who } = ACCESS[verb];
  if (who.includes('anybody')) return null;
  if (actor === null) return refuse('not-signed-in', 'Send a bearer token of a person of the policy.');
  if (who.some((grant) => holds(actor, grant, incident, about))) return null;
  return refuse('not-yours', `This is for ${list(who)}; ${actor.username} is none of these here.`);
}

/** How much of an incident somebody may read; `nothing` also hides that it exists. */
export function mayRead(
  actor: Actor,
  incident: Incident,
  about: About = {},
): 'whole' | 'excerpt' | 'nothing' {
  if (READERS.some((grant) => holds(actor, grant, incident, about))) return 'whole';
  const excerpt: readonly Grant[] = ['operations', 'general-counsel', 'asked', 'paged'];
  return excerpt.some((grant) => holds(actor, grant, incident, about)) ? 'excerpt' : 'nothing';
}

/** True when somebody is named on this incident: its lead, or appointed to its team. */
export function isInvolved(username: string, incident: Incident): boolean {
  return incident.lead === username || incident.team.some((member) => member.username === username);
}

/** Standing CSIRT, or of this incident's handling team: who does the `csirt` part of a row. Source: IC-20. */
export function isOfCsirt(actor: Actor, incident: Incident): boolean {
  return actor.roles.includes('csirt') || isInvolved(actor.username, incident);
}

/** The communications representative named for this incident; while none is, whoever has the role. Source: IC-31. */
export function isOfCommunications(actor: Actor, incident: Incident): boolean {
  const named = incident.team.filter(({ role }) => role === 'communications');
  return named.length === 0
    ? actor.roles.includes('communications')
    : named.some(({ username }) => username === actor.username);
}

function holds(actor: Actor, grant: Grant, incident: Incident | null, about: About): boolean {
  switch (grant) {
    case 'anybody':
    case 'signed-in':
    case 'as-the-row-says':
      return true;
    case 'lead':
      return incident !== null && incident.lead === actor.username;
    case 'team':
      return incident !== null && incident.team.some((member) => member.username === actor.username);
    case 'asked':
      return (
        about.asked === actor.username ||
        (about.asked === undefined && incident !== null && isAsked(actor.username, incident))
      );
    case 'paged':
      return about.paged?.includes(actor.username) ?? false;
    case 'self':
      return about.person === actor.username;
    case 'counsel-of-inquiry':
      return incident?.kind === 'law-enforcement' && actor.roles.includes('general-counsel');
    case 'communications':
      return incident !== null && isOfCommunications(actor, incident);
    case 'csirt':
    case 'executive':
    case 'legal':
    case 'general-counsel':
    case 'operations':
    case 'auditor':
    case 'admin':
      return actor.roles.includes(grant);
  }
}

/** Asked in a consultation, or by the lead to do a row of the matrix. */
function isAsked(username: string, incident: Incident): boolean {
  return (
    incident.consultations.some((consultation) => consultation.asked === username) ||
    incident.actions.some((action) => action.designee === username)
  );
}

function list(grants: readonly Grant[]): string {
  return grants.map((grant) => IN_WORDS[grant] ?? grant).join(', ');
}

const IN_WORDS: Readonly<Partial<Record<Grant, string>>> = {
  lead: 'the lead',
  self: 'the person themselves',
  communications: 'the communications representative',
  'counsel-of-inquiry': 'the General Counsel on an inquiry of law enforcement',
};
