import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { participantsOfCsv } from '../../../src/participants/csv.ts';
import { UnreadableList } from '../../../src/participants/participant-list.ts';
import { participantsOfSaml } from '../../../src/participants/saml.ts';

const HEAD =
  'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui" xmlns:remd="http://refeds.org/metadata"';

const UNIVERSITY = `
  <md:EntityDescriptor entityID="https://idp.example.edu/shibboleth">
    <md:IDPSSODescriptor><md:Extensions><mdui:UIInfo>
      <mdui:DisplayName xml:lang="en">Login of Example</mdui:DisplayName>
    </mdui:UIInfo></md:Extensions></md:IDPSSODescriptor>
    <md:Organization>
      <md:OrganizationName xml:lang="en">EX</md:OrganizationName>
      <md:OrganizationDisplayName xml:lang="de">Universität Beispiel</md:OrganizationDisplayName>
      <md:OrganizationDisplayName xml:lang="en">University of &amp; Example</md:OrganizationDisplayName>
    </md:Organization>
    <md:ContactPerson contactType="technical">
      <md:GivenName>Federation</md:GivenName><md:SurName>Team</md:SurName>
      <md:EmailAddress>mailto:idp@example.edu</md:EmailAddress>
    </md:ContactPerson>
    <md:ContactPerson contactType="other" remd:contactType="http://refeds.org/metadata/contactType/security">
      <md:GivenName>Security Response</md:GivenName>
      <md:EmailAddress>MAILTO:security@example.edu</md:EmailAddress>
      <md:EmailAddress>nobody at example.edu</md:EmailAddress>
    </md:ContactPerson>
    <md:ContactPerson contactType="billing"><md:EmailAddress>pay@example.edu</md:EmailAddress></md:ContactPerson>
  </md:EntityDescriptor>`;

const aggregate = (...entities: readonly string[]) =>
  `<?xml version="1.0"?><md:EntitiesDescriptor ${HEAD}>${entities.join('')}</md:EntitiesDescriptor>`;

/** In pieces of so many bytes, as a file comes. */
async function* pieces(text: string, bytes = 7): AsyncGenerator<Uint8Array> {
  const whole = Buffer.from(text);
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes);
}

describe('SAML metadata', () => {
  it('gives each entity with its contacts, the security contact of REFEDS told apart', async () => {
    const { participants, skipped } = await participantsOfSaml(pieces(aggregate(UNIVERSITY)));
    expect(participants).toEqual([
      {
        id: 'https://idp.example.edu/shibboleth',
        name: 'University of & Example',
        contacts: [
          { kind: 'technical', name: 'Federation Team', address: 'idp@example.edu' },
          { kind: 'security', name: 'Security Response', address: 'security@example.edu' },
          { kind: 'other', name: null, address: 'pay@example.edu' },
        ],
      },
    ]);
    expect(skipped).toEqual([{ id: 'https://idp.example.edu/shibboleth', address: 'nobody at example.edu' }]);
  });

  it('of one entity alone is read too, and an entity without contacts is kept', async () => {
    const one = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.example.org"/>`;
    const { participants } = await participantsOfSaml(pieces(one));
    expect(participants).toEqual([
      { id: 'https://sp.example.org', name: 'https://sp.example.org', contacts: [] },
    ]);
  });

  test.each<[string, string, RegExp]>([
    ['cut off', aggregate(UNIVERSITY).slice(0, -40), /well-formed/],
    [
      'with entities of its own',
      `<!DOCTYPE x [<!ENTITY a "b">]>${aggregate(UNIVERSITY)}`,
      /without a DOCTYPE/,
    ],
    ['of something else', '<html><body/></html>', /there is none/],
    ['that is no XML', 'id,name', /well-formed/],
  ])('%s is refused', async (_what, text, message) => {
    const reading = participantsOfSaml(pieces(text, 1000));
    await expect(reading).rejects.toThrow(UnreadableList);
    await expect(participantsOfSaml(pieces(text, 1000))).rejects.toThrow(message);
  });

  it('of a hundred megabytes is read in a heap of forty', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--max-old-space-size=40', '--import', 'tsx', '--input-type=module', '--eval', LARGE],
      { cwd: new URL('../../..', import.meta.url) },
    );
    expect(JSON.parse(stdout)).toEqual({ participants: 2000, last: 't@1999.example' });
  });
});

/** A picture in each entity, as federations have them. */
const LARGE = `
  import { participantsOfSaml } from './src/participants/saml.ts';
  async function* large() {
    yield Buffer.from('<md:EntitiesDescriptor ${HEAD}>');
    for (let k = 0; k < 2000; k += 1) {
      const logo = '<mdui:Logo>data:image/png;base64,' + 'A'.repeat(50_000) + '</mdui:Logo>';
      const address = '<md:EmailAddress>t@' + k + '.example</md:EmailAddress>';
      const contact = '<md:ContactPerson contactType="technical">' + address + '</md:ContactPerson>';
      const id = 'https://' + k + '.example';
      yield Buffer.from('<md:EntityDescriptor entityID="' + id + '">' + logo + contact + '</md:EntityDescriptor>');
    }
    yield Buffer.from('</md:EntitiesDescriptor>');
  }
  const { participants } = await participantsOfSaml(large());
  const last = participants.at(-1).contacts[0].address;
  console.log(JSON.stringify({ participants: participants.length, last }));`;

describe('CSV', () => {
  const read = (text: string) => participantsOfCsv(Buffer.from(text));

  it('gives each participant with its contacts, whatever the order of the columns', () => {
    const text =
      '\uFEFFName,ID,email,kind,contact\r\n"College, South",south,sec@south.example,security,Sam\r\n"College, South",south,it@south.example,technical,\r\n';
    expect(read(text).participants).toEqual([
      {
        id: 'south',
        name: 'College, South',
        contacts: [
          { kind: 'security', name: 'Sam', address: 'sec@south.example' },
          { kind: 'technical', name: null, address: 'it@south.example' },
        ],
      },
    ]);
  });

  test.each<[string, string, string]>([
    ['without a column', 'id,name,email\n', 'there is no kind'],
    [
      'with a kind that there is not',
      'id,name,kind,email\na,A,boss,a@b.example',
      'Line 2: expected kind one of',
    ],
    ['with no address', 'id,name,kind,email\na,A,security,a.b.example', 'Line 2: expected email a bare'],
    ['with two names', 'id,name,kind,email\na,A,security,a@b.example\na,B,security,c@b.example', 'Line 3'],
    ['with a line too short', 'id,name,kind,email\na,A', 'Expected CSV'],
  ])('%s is refused', (_what, text, message) => {
    expect(() => read(text)).toThrow(UnreadableList);
    expect(() => read(text)).toThrow(message);
  });
});
