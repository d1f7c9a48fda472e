import type { Recipient } from '../clearance.ts';
import type { Incident } from '../incident.ts';
import type { Audience, Person } from '../policy.ts';

/** Somebody of an audience, or whom an earlier notice reached. */
export interface Member {
  /** A username, the id of a participant, or which list. */
  readonly recipient: string;
  readonly address: string;
}

/** A participant's contacts as the directory has them. */
export interface ParticipantContacts {
  readonly id: string;
  readonly contacts: readonly {
    readonly kind: string;
    readonly address: string;
    readonly failedAt: number | null;
  }[];
}

/** People of ours and lists. Those of the directory are read where it is kept. */
export function membersOf({ key, to }: Audience, people: readonly Person[]): readonly Member[] {
  if ('roles' in to) {
    return people
      .filter(({ roles }) => roles.some((role) => to.roles.includes(role)))
      .map(({ username, mail }) => ({ recipient: username, address: mail }));
  }
  if ('directory' in to) return [];
  return to.addresses.map((address, index) => ({
    recipient: index === 0 ? key : `${key}#${index + 1}`,
    address,
  }));
}

/** The order in which a participant's contacts are told: the first kind that there is. Source: REFEDS security contact. */
const TOLD_FIRST: readonly string[] = ['security', 'technical', 'administrative', 'support', 'other'];

/** All contacts of the first kind that has one which no mail came back from; where all came back, of the first kind. */
export function contactsToTell({ id, contacts }: ParticipantContacts): readonly Member[] {
  const kinds = TOLD_FIRST.filter((kind) => contacts.some((contact) => contact.kind === kind));
  const isReached = (kind: string) =>
    contacts.some((contact) => contact.kind === kind && contact.failedAt === null);
  const kind = kinds.find(isReached) ?? kinds[0];
  const ofKind = contacts.filter((contact) => contact.kind === kind);
  const reached = ofKind.filter(({ failedAt }) => failedAt === null);
  return (reached.length > 0 ? reached : ofKind).map(({ address }, index) => ({
    recipient: index === 0 ? id : `${id}#${index + 1}`,
    address,
  }));
}

/** As the TLP gate knows them. Who is no person of the policy any more has no role, and need not know. */
export function recipientOf(
  { kind }: Pick<Audience, 'kind'>,
  { recipient, address }: Member,
  people: readonly Person[],
  { lead, team }: Pick<Incident, 'lead' | 'team'>,
): Recipient {
  switch (kind) {
    case 'own-people': {
      const roles = people.find(({ username }) => username === recipient)?.roles ?? [];
      const isAppointed = lead === recipient || team.some(({ username }) => username === recipient);
      return { kind, username: recipient, address, roles, isAppointed };
    }
    case 'party':
      return { kind, name: recipient, address };
    case 'organization':
    case 'community':
    case 'public':
      return { kind, name: recipient, address };
  }
}
