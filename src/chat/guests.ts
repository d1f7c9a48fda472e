import type { Incident } from '../domain/incident.ts';
import type { Policy } from '../domain/policy.ts';
import type { ChatProvider } from '../domain/incident-channel.ts';
import { contactsOf } from '../persistence/contacts.ts';
import type { Db } from '../persistence/database.ts';
import type { Guest } from '../ports.ts';

/**
 * Who is invited: the CSIRT, the lead and the team; of RED only the last two, who are named on the incident itself.
 * Source: NM-23, IC-30.
 */
export async function guestsOf(
  db: Db,
  { people }: Pick<Policy, 'people'>,
  { provider, incident }: { readonly provider: ChatProvider; readonly incident: Incident },
): Promise<readonly Guest[]> {
  const named = [incident.lead, ...incident.team.map(({ username }) => username)];
  const invited = people.filter(
    ({ username, roles }) => named.includes(username) || (incident.tlp !== 'RED' && roles.includes('csirt')),
  );
  const contacts = await contactsOf(
    db,
    invited.map(({ username }) => username),
  );
  return invited.map(({ username, mail }) => ({
    username,
    mail,
    addresses: contacts
      .filter((contact) => contact.username === username && contact.kind === provider)
      .filter(({ verifiedAt }) => verifiedAt !== null)
      .map(({ address }) => address),
  }));
}
