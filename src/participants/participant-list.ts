/** A list of participants as it was read, and what of it could not be used. */
export interface ParticipantList {
  readonly participants: readonly ListedParticipant[];
  /** Contacts whose address is none, by participant. */
  readonly skipped: readonly { readonly id: string; readonly address: string }[];
}

export interface ListedParticipant {
  readonly id: string;
  readonly name: string;
  readonly contacts: readonly ListedContact[];
}

export interface ListedContact {
  readonly kind: 'security' | 'technical' | 'administrative' | 'support' | 'other';
  readonly name: string | null;
  readonly address: string;
}

/** The list is not what it should be; `message` says what was expected, and where. */
export class UnreadableList extends Error {
  readonly code = 'unreadable-list';

  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'UnreadableList';
  }
}

/** The same contact twice is one. */
export function distinctContacts(contacts: readonly ListedContact[]): readonly ListedContact[] {
  const keyOf = ({ kind, address }: ListedContact) => `${kind} ${address}`;
  return [...new Map(contacts.map((contact) => [keyOf(contact), contact])).values()];
}
