import type { Role } from './vocabulary.ts';
import { TLP_LABELS, type Tlp } from './tlp.ts';

/**
 * The gate that every outward word passes: `clear` alone makes a `Cleared` value, and adapters that send take
 * nothing else. Default deny, by label × audience × person. Source: IC-30.
 *
 * What it lets out is recorded as carefully as what it refuses: both answers carry the `Clearance` to keep.
 */
export function clear<M extends Addressed>(
  message: Labelled<M>,
  recipient: Recipient,
): Cleared<M> | Withheld {
  const { isAllowed, reason } = judge(message, recipient);
  const clearance: Clearance = {
    recipient: nameOf(recipient),
    label: message.carriesWords ? message.label : 'CLEAR',
    isAllowed,
    reason,
  };
  return isAllowed ? new ClearedMessage(message.content, clearance) : { isCleared: false, clearance };
}

/** Whatever is sent says to which address, and whether others can read it on the way. */
export interface Addressed {
  readonly to: string;
  /**
   * Armored certificates for which it is encrypted: whoever sends it encrypts it for these, or does not send it. Absent or
   * empty: in the clear.
   */
  readonly encryptedFor?: readonly string[];
}

/** A message with what the gate must know of it. */
export type Labelled<M extends Addressed> =
  | {
      readonly carriesWords: true;
      readonly content: M;
      readonly label: Tlp;
      /** Who takes part in this very exchange, by name: report ids and usernames. RED reaches nobody else. */
      readonly exchange: readonly string[];
    }
  | {
      /** Fixed sentences, identifiers and links; not a word that somebody wrote about the incident. */
      readonly carriesWords: false;
      readonly content: M;
      /** The one person it is for, by name. */
      readonly addressee: string;
    };

export type Recipient =
  | {
      /** Somebody outside who is in touch with us about this incident: a reporter. `name` is the report's id. */
      readonly kind: 'party';
      readonly name: string;
      readonly address: string;
    }
  | {
      readonly kind: 'own-people';
      readonly username: string;
      readonly address: string;
      readonly roles: readonly Role[];
      /** The incident itself made them one who must know: its lead, on its team, designated or asked. */
      readonly isAppointed: boolean;
    }
  | {
      readonly kind: 'organization' | 'community' | 'public';
      readonly address: string;
      /** Which of them, where there are several: the key of a participant or of a list. */
      readonly name?: string;
    }
  | {
      /** The chat channel of an incident: the whole organization, or where `isPrivate` those who were invited. */
      readonly kind: 'room';
      readonly name: string;
      readonly address: string;
      readonly isPrivate: boolean;
    };

/** What is kept of every passage and every refusal. It names people, never an address or a word. */
interface Clearance {
  readonly recipient: string;
  /** `CLEAR`, with the reason `no-words`, for what carries none. */
  readonly label: Tlp;
  readonly isAllowed: boolean;
  readonly reason: ClearanceReason;
}

type ClearanceReason =
  | 'no-words'
  | 'party-to-the-exchange'
  | 'needs-to-know'
  | 'own-people'
  | 'within-the-label'
  | 'not-the-addressee'
  | 'not-the-address'
  | 'not-in-the-exchange'
  | 'no-need-to-know'
  | 'outside-the-label'
  | 'not-encrypted'
  | 'unknown-label'
  | 'unknown-audience';

export interface Withheld {
  readonly isCleared: false;
  readonly clearance: Clearance;
}

/** A message that may leave, to the recipient it was cleared for. Only `clear` makes one, and `as` another form of it. */
export type Cleared<M extends Addressed> = ClearedMessage<M>;

/**
 * A class with a private name, where an object with a secret key would do: a copy by spread, which could carry another
 * text under the old clearance, is not assignable to it either.
 */
class ClearedMessage<M extends Addressed> {
  readonly isCleared = true;
  readonly clearance: Clearance;
  readonly #message: M;

  constructor(message: M, clearance: Clearance) {
    this.#message = message;
    this.clearance = clearance;
  }

  get message(): M {
    return this.#message;
  }

  /**
   * The same passage in another form, a page as a mail: to the same address, and saying no more than the message does.
   *
   * @throws {RangeError} when the form is for another address, or readable for others than the message: the clearance is
   * not for that.
   */
  as<N extends Addressed>(form: (message: M) => N): Cleared<N> {
    const formed = form(this.#message);
    if (formed.to !== this.#message.to)
      throw new RangeError('Another form of a message goes to the same address.');
    if (formed.encryptedFor !== this.#message.encryptedFor)
      throw new RangeError('Another form of a message is encrypted for the same people.');
    return new ClearedMessage(formed, this.clearance);
  }

  static has(value: object): boolean {
    return #message in value;
  }
}

/** True of what passed the gate: for adapters, which want to be sure also where types were lost. */
export function isCleared(value: object): boolean {
  return ClearedMessage.has(value);
}

/** Whom of each audience a label reaches. */
interface Reach {
  readonly party: 'nobody' | 'in-the-exchange' | 'anybody';
  readonly ownPeople: 'in-the-exchange' | 'who-need-to-know' | 'anybody';
  readonly organization: boolean;
  readonly community: boolean;
  readonly public: boolean;
}

/**
 * Source: IC-30, with TLP 2.0's names.
 *
 * Each row reaches whom the stricter ones reach, but for one cell: RED goes to the named parties of its exchange, who
 * may be outside, and AMBER+STRICT never leaves our own organization. That is on purpose. RED is only ever said by
 * somebody who had a party in mind, AMBER+STRICT is also what nobody labelled.
 */
const REACH: Readonly<Record<Tlp, Reach>> = {
  RED: {
    party: 'in-the-exchange',
    ownPeople: 'in-the-exchange',
    organization: false,
    community: false,
    public: false,
  },
  'AMBER+STRICT': {
    party: 'nobody',
    ownPeople: 'who-need-to-know',
    organization: false,
    community: false,
    public: false,
  },
  AMBER: {
    party: 'in-the-exchange',
    ownPeople: 'who-need-to-know',
    organization: false,
    community: false,
    public: false,
  },
  GREEN: {
    party: 'in-the-exchange',
    ownPeople: 'anybody',
    organization: true,
    community: true,
    public: false,
  },
  CLEAR: { party: 'anybody', ownPeople: 'anybody', organization: true, community: true, public: true },
};

/** Roles that every incident concerns. The others need to know once they are appointed or asked. Source: IC-24. */
const ROLES_THAT_NEED_TO_KNOW: readonly Role[] = ['csirt', 'executive', 'legal', 'general-counsel'];

interface Judgement {
  readonly isAllowed: boolean;
  readonly reason: ClearanceReason;
}

function judge(message: Labelled<Addressed>, recipient: Recipient): Judgement {
  // A clearance for one person must not carry a mail to another.
  if (message.content.to !== recipient.address) return refused('not-the-address');
  if (!message.carriesWords) return judgeWordless(message.addressee, recipient);
  // Labels come from rows: one that this version does not know reaches nobody.
  if (!TLP_LABELS.includes(message.label)) return refused('unknown-label');
  const judgement = judgeAudience(message, recipient);
  return judgement.isAllowed && isForbiddenInTheClear(message.label) && !isEncrypted(message.content)
    ? refused('not-encrypted')
    : judgement;
}

/** What may be read by nobody on the way. Source: IC-30, IC-4. */
export function isForbiddenInTheClear(label: Tlp): boolean {
  return label === 'RED' || label === 'AMBER+STRICT';
}

function isEncrypted({ encryptedFor = [] }: Addressed): boolean {
  return encryptedFor.length > 0;
}

function judgeAudience(
  message: Extract<Labelled<Addressed>, { readonly carriesWords: true }>,
  recipient: Recipient,
): Judgement {
  const reach = REACH[message.label];
  switch (recipient.kind) {
    case 'party':
      return judgeParty(reach, message.exchange.includes(recipient.name));
    case 'own-people':
      return judgeOwnPeople(reach, needsToKnow(recipient), message.exchange.includes(recipient.username));
    case 'room':
      return judgeRoom(reach, recipient.isPrivate);
    case 'organization':
    case 'community':
    case 'public':
      return reach[recipient.kind] ? allowed('within-the-label') : refused('outside-the-label');
    default:
      return refused('unknown-audience');
  }
}

function judgeWordless(addressee: string, recipient: Recipient): Judgement {
  const isNamed = 'name' in recipient || recipient.kind === 'own-people';
  return isNamed && nameOf(recipient) === addressee ? allowed('no-words') : refused('not-the-addressee');
}

/** Who was invited need not be a party to the exchange: RED reaches no room. */
function judgeRoom(reach: Reach, isPrivate: boolean): Judgement {
  const isAllowed = isPrivate ? reach.ownPeople !== 'in-the-exchange' : reach.organization;
  return isAllowed ? allowed('within-the-label') : refused('outside-the-label');
}

function judgeParty(reach: Reach, isInExchange: boolean): Judgement {
  if (reach.party === 'anybody') return allowed('within-the-label');
  if (reach.party === 'nobody') return refused('outside-the-label');
  return isInExchange ? allowed('party-to-the-exchange') : refused('not-in-the-exchange');
}

function judgeOwnPeople(reach: Reach, isNeeded: boolean, isInExchange: boolean): Judgement {
  if (reach.ownPeople === 'anybody') return allowed('own-people');
  if (!isNeeded) return refused('no-need-to-know');
  if (reach.ownPeople === 'who-need-to-know') return allowed('needs-to-know');
  return isInExchange ? allowed('party-to-the-exchange') : refused('not-in-the-exchange');
}

function needsToKnow(person: Extract<Recipient, { kind: 'own-people' }>): boolean {
  return person.isAppointed || person.roles.some((role) => ROLES_THAT_NEED_TO_KNOW.includes(role));
}

function nameOf(recipient: Recipient): string {
  switch (recipient.kind) {
    case 'party':
    case 'room':
      return recipient.name;
    case 'own-people':
      return recipient.username;
    case 'organization':
    case 'community':
    case 'public':
      return recipient.name ?? recipient.kind;
    default:
      return 'unknown';
  }
}

function allowed(reason: ClearanceReason): Judgement {
  return { isAllowed: true, reason };
}

function refused(reason: ClearanceReason): Judgement {
  return { isAllowed: false, reason };
}
