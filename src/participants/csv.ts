import { CsvError, parse } from 'csv-parse/sync';
import { ADDRESS_FORMS } from '../domain/contact.ts';
import {
  distinctContacts,
  type ListedContact,
  type ParticipantList,
  UnreadableList,
} from './participant-list.ts';

const COLUMNS = ['id', 'name', 'kind', 'email', 'contact'] as const;
const KINDS = ['security', 'technical', 'administrative', 'support', 'other'] as const;

/**
 * The participants of a CSV file: a header with `id`, `name`, `kind` and `email`, and `contact` where the contact has a name;
 * then a line for each contact.
 *
 * @throws {UnreadableList} naming the line and what was expected.
 */
export function participantsOfCsv(bytes: Uint8Array): ParticipantList {
  const rows = rowsOf(bytes);
  const contactsOf = new Map<string, { readonly name: string; readonly contacts: ListedContact[] }>();
  for (const { line, row } of rows) {
    const { id, name, email: address } = row;
    const kind = KINDS.find((one) => one === row['kind']);
    if (id === '' || name === '') throw expected(line, 'an id and a name');
    if (kind === undefined) throw expected(line, `kind one of ${KINDS.join(', ')}`);
    if (!ADDRESS_FORMS.mail.pattern.test(address)) {
      throw expected(line, `email ${ADDRESS_FORMS.mail.expected}`);
    }
    const entry = contactsOf.get(id) ?? { name, contacts: [] };
    if (entry.name !== name) throw expected(line, `the name that ${id} had before, ${entry.name}`);
    const contact = row['contact'];
    entry.contacts.push({ kind, address, name: contact === '' ? null : contact });
    contactsOf.set(id, entry);
  }
  return {
    participants: [...contactsOf].map(([id, { name, contacts }]) => ({
      ...{ id, name },
      contacts: distinctContacts(contacts),
    })),
    skipped: [],
  };
}

type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;

function rowsOf(bytes: Uint8Array): readonly { readonly line: number; readonly row: Row }[] {
  try {
    const read = parse(Buffer.from(bytes), {
      ...{ bom: true, trim: true, skip_empty_lines: true, info: true },
      columns: headerOf,
    }) as unknown as readonly {
      readonly info: { readonly lines: number };
      readonly record: Partial<Row>;
    }[];
    return read.map(({ info, record }) => ({ line: info.lines, row: { ...EMPTY, ...record } }));
  } catch (error) {
    if (error instanceof CsvError)
      throw new UnreadableList(`Expected CSV: ${error.message}`, { cause: error });
    throw error;
  }
}

const EMPTY: Row = { id: '', name: '', kind: '', email: '', contact: '' };

function headerOf(names: readonly string[]): string[] {
  const header = names.map((name) => name.toLowerCase());
  const missing = COLUMNS.filter((column) => column !== 'contact' && !header.includes(column));
  if (missing.length === 0) return header;
  throw new UnreadableList(
    `Expected a header with ${COLUMNS.join(', ')}; there is no ${missing.join(', no ')}.`,
  );
}

function expected(line: number, what: string): UnreadableList {
  return new UnreadableList(`Line ${line}: expected ${what}.`);
}
