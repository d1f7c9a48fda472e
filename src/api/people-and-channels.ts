import type { Channel, Person, Policy } from '../domain/policy.ts';
import { wrongField } from './problem.ts';

/** What a body names and only the policy can tell: people, channels, contacts of the directory. */

/** Throws `unknown-key` for whom the policy in force does not know. */
export function requirePerson(policy: Policy, username: string, pointer: string): Person {
  const person = policy.people.find((candidate) => candidate.username === username);
  if (person === undefined) {
    throw wrongField(
      'unknown-key',
      pointer,
      'Expected the username of a person of the policy; there is none such.',
    );
  }
  return person;
}

export function requirePeople(policy: Policy, usernames: readonly string[], pointer: string): void {
  for (const [index, username] of usernames.entries()) requirePerson(policy, username, `${pointer}/${index}`);
}

/** Throws `unknown-key` for what is no channel of the incident's policy. Source: NM-5. */
export function requireChannel(policy: Policy, key: string, pointer: string): Channel {
  const channel = policy.channels.find((candidate) => candidate.key === key);
  if (channel === undefined) {
    const known = policy.channels.map((candidate) => candidate.key).join(', ');
    throw wrongField('unknown-key', pointer, `Expected the key of a channel of the policy: ${known}.`);
  }
  return channel;
}

/** Throws `insecure-channel` too. Source: IC-20 rows 7 and 10. */
export function requireSecureChannel(policy: Policy, key: string, pointer: string): void {
  if (requireChannel(policy, key, pointer).isSecure) return;
  const secure = policy.channels.filter(({ isSecure }) => isSecure).map((channel) => channel.key);
  throw wrongField(
    'insecure-channel',
    pointer,
    `${key} is not secure; expected one of ${secure.join(', ')}.`,
  );
}

/**
 * A request to suspend is verified with a contact and over a channel of the directory, never with what the request
 * itself says. Throws `unknown-key`, and `invalid` for a channel that is not trusted or not that contact's. Source: IC-6.
 */
export function requireTrustedContact(
  policy: Policy,
  { contact: key, channel: channelKey }: { readonly contact: string; readonly channel: string },
): void {
  const contacts = policy.directory.flatMap((participant) => participant.contacts);
  const contact = contacts.find((candidate) => candidate.key === key);
  if (contact === undefined) {
    const known = contacts.map((candidate) => candidate.key).join(', ');
    throw wrongField('unknown-key', '/contact', `Expected the key of a contact of the directory: ${known}.`);
  }
  const channel = requireChannel(policy, channelKey, '/channel');
  const trusted = Object.keys(contact.channels).filter((own) =>
    policy.channels.some((candidate) => candidate.key === own && candidate.isTrustedForVerification),
  );
  if (!channel.isTrustedForVerification || !trusted.includes(channelKey)) {
    const expected = trusted.length === 0 ? 'it has no trusted one' : `expected ${trusted.join(' or ')}`;
    throw wrongField('invalid', '/channel', `${key} is not verified over ${channelKey}: ${expected}.`);
  }
}
