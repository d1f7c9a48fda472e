import { SaxesParser, type SaxesAttributeNS, type SaxesTagNS } from 'saxes';
import { ADDRESS_FORMS } from '../domain/contact.ts';
import {
  distinctContacts,
  type ListedContact,
  type ListedParticipant,
  type ParticipantList,
  UnreadableList,
} from './participant-list.ts';

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const MDUI = 'urn:oasis:names:tc:SAML:metadata:ui';
const XML = 'http://www.w3.org/XML/1998/namespace';
/** Source: REFEDS, Security Contact Metadata Extension 1.0. */
const REFEDS = 'http://refeds.org/metadata';
const SECURITY_CONTACT = 'http://refeds.org/metadata/contactType/security';

/** Of one name or address; a signature or a picture in an attribute is passed over, not kept. */
const TEXT_MAX = 4096;

/**
 * The participants of SAML metadata, one EntityDescriptor or an aggregate of any size, read as it comes: only the entity at
 * hand is held, and nothing that the document declares is expanded. Its signature is for whoever fetched it to check.
 *
 * @throws {UnreadableList} for what is no whole SAML metadata.
 */
export async function participantsOfSaml(chunks: AsyncIterable<Uint8Array>): Promise<ParticipantList> {
  const parser = new SaxesParser({ xmlns: true });
  const reading = new Reading();
  parser.on('error', (error) => {
    throw new UnreadableList(`Expected SAML metadata that is well-formed: ${error.message}`, {
      cause: error,
    });
  });
  parser.on('doctype', () => {
    throw new UnreadableList('Expected SAML metadata without a DOCTYPE.');
  });
  parser.on('opentag', (tag) => reading.open(tag));
  parser.on('text', (text) => reading.text(text));
  parser.on('cdata', (text) => reading.text(text));
  parser.on('closetag', () => reading.close());
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of chunks) parser.write(decoder.decode(chunk, { stream: true }));
    parser.write(decoder.decode());
    parser.close();
  } catch (error) {
    if (error instanceof TypeError) throw new UnreadableList('Expected UTF-8.', { cause: error });
    throw error;
  }
  if (!reading.isMetadata) throw new UnreadableList(`Expected elements of ${METADATA}; there is none.`);
  return { participants: [...reading.participants.values()], skipped: reading.skipped };
}

class Reading {
  readonly participants = new Map<string, ListedParticipant>();
  readonly skipped: { readonly id: string; readonly address: string }[] = [];
  isMetadata = false;
  readonly #path: string[] = [];
  #entity: Entity | null = null;
  #contact: Contact | null = null;
  #isEnglish = false;
  #text = '';

  open(tag: SaxesTagNS): void {
    const name = nameOf(tag);
    this.#path.push(name);
    this.#text = '';
    if (name.startsWith('md:')) this.isMetadata = true;
    this.#isEnglish = attribute(tag, XML, 'lang')?.toLowerCase().startsWith('en') ?? false;
    if (name === 'md:EntityDescriptor') {
      this.#entity = {
        id: copied(attribute(tag, '', 'entityID') ?? ''),
        names: new Map(),
        contacts: [],
      };
    }
    if (name === 'md:ContactPerson') {
      this.#contact = { kind: kindOf(tag), names: [], addresses: [] };
    }
  }

  text(text: string): void {
    if (this.#text.length < TEXT_MAX) this.#text += text.slice(0, TEXT_MAX);
  }

  close(): void {
    const name = this.#path.pop();
    const text = copied(this.#text.replaceAll(/\s+/g, ' ').trim());
    this.#text = '';
    switch (name) {
      case 'md:OrganizationDisplayName':
      case 'md:OrganizationName':
      case 'mdui:DisplayName':
        this.#entity?.names.set(`${name}${this.#isEnglish ? ' en' : ''}`, text);
        break;
      case 'md:GivenName':
      case 'md:SurName':
        this.#contact?.names.push(text);
        break;
      case 'md:EmailAddress':
        this.#contact?.addresses.push(copied(text.replace(/^mailto:/i, '').trim()));
        break;
      case 'md:ContactPerson':
        this.#entity?.contacts.push(...this.#contactsRead());
        this.#contact = null;
        break;
      case 'md:EntityDescriptor':
        this.#keep();
        this.#entity = null;
        break;
      default:
        break;
    }
  }

  #contactsRead(): readonly ListedContact[] {
    const { kind, names, addresses } = this.#contact ?? { kind: 'other', names: [], addresses: [] };
    const id = this.#entity?.id ?? '';
    const name = names.filter((one) => one !== '').join(' ');
    return addresses.flatMap((address): readonly ListedContact[] => {
      if (ADDRESS_FORMS.mail.pattern.test(address)) {
        return [{ kind, name: name === '' ? null : name, address }];
      }
      this.skipped.push({ id, address });
      return [];
    });
  }

  /** One entity twice in an aggregate: the first stands, as federations resolve it. */
  #keep(): void {
    if (this.#entity === null || this.#entity.id === '' || this.participants.has(this.#entity.id)) return;
    const { id, names, contacts } = this.#entity;
    const name = NAMES.map((key) => names.get(key)).find((one) => one !== undefined && one !== '');
    this.participants.set(id, { id, name: name ?? id, contacts: distinctContacts(contacts) });
  }
}

interface Entity {
  readonly id: string;
  readonly names: Map<string, string>;
  readonly contacts: ListedContact[];
}

interface Contact {
  readonly kind: ListedContact['kind'];
  readonly names: string[];
  readonly addresses: string[];
}

/** English first: it is what the federation’s people share. */
const NAMES = ['md:OrganizationDisplayName', 'mdui:DisplayName', 'md:OrganizationName'].flatMap((name) => [
  `${name} en`,
  name,
]);

/** A slice would keep the whole piece of the document alive that it was cut from: that is all of it in the end. */
function copied(text: string): string {
  return Buffer.from(text).toString();
}

function nameOf({ uri, local }: SaxesTagNS): string {
  if (uri === METADATA) return `md:${local}`;
  return uri === MDUI ? `mdui:${local}` : local;
}

function kindOf(tag: SaxesTagNS): ListedContact['kind'] {
  if (attribute(tag, REFEDS, 'contactType') === SECURITY_CONTACT) return 'security';
  const type = attribute(tag, '', 'contactType');
  return type === 'technical' || type === 'administrative' || type === 'support' ? type : 'other';
}

function attribute(tag: SaxesTagNS, uri: string, local: string): string | undefined {
  const found: SaxesAttributeNS | undefined = Object.values(tag.attributes).find(
    (one) => one.uri === uri && one.local === local,
  );
  return found?.value;
}
