import { clear, type Labelled, type Recipient } from '../domain/clearance.ts';
import type { ContactKind, PagerMessage } from '../domain/contact.ts';
import {
  messageWithoutWords,
  pageMessage,
  type PagerEnvelope,
  type Sheet,
  takenMessage,
} from '../domain/page-wording.ts';
import type { Policy } from '../domain/policy.ts';
import { failContact, POLICY_CONTACT } from '../persistence/contacts.ts';
import type { Db } from '../persistence/database.ts';
import {
  beginSending,
  bringForward,
  type CarriedPage,
  endMessage,
  postponeMessage,
  type TakenMessage,
} from '../persistence/pager-messages.ts';
import type { Clock, Pager, PagerAnswer } from '../ports.ts';

/** One pager for each kind of contact that this installation can reach. */
export type Pagers = Readonly<Partial<Record<ContactKind, Pager>>>;

/** How somebody who is called answers without signing in. */
export interface WaysToAnswer {
  linkFor(call: { readonly pageId: string; readonly ring: number; readonly username: string }): string;
  /** Six digits. */
  codeFor(call: { readonly pageId: string; readonly username: string }): string;
  /** Null where no mail is taken in. */
  replyAddressFor(call: { readonly pageId: string; readonly username: string }): string | null;
}

export interface SendingDependencies {
  readonly db: Db;
  readonly clock: Clock;
  /** The policy in force. */
  readonly policy: Policy;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  readonly pagers: Pagers;
  readonly ways: WaysToAnswer;
}

/** A message to somebody who asks to be tried later is tried again within this, whatever they ask for. */
const AGAIN_AT_LEAST_MS = 1000;
const AGAIN_AT_MOST_MS = 60_000;

/**
 * Sends a message that was taken up, and notes what became of it. One that comes to nothing lets the person's next
 * contact come at once.
 */
export async function sendMessage(dependencies: SendingDependencies, message: TakenMessage): Promise<void> {
  const way = wayTo(dependencies, message);
  if (typeof way === 'string') {
    await settle(dependencies, message, { outcome: 'refused', code: way });
    return;
  }
  const sending = await begin(dependencies, message, way);
  if (sending !== null) await settle(dependencies, message, await sending.answer);
}

interface Way {
  readonly pager: Pager;
  readonly address: string;
  readonly recipient: Recipient;
}

/** A word of ours where there is none. */
function wayTo({ policy, pagers }: SendingDependencies, message: TakenMessage): Way | string {
  const person = policy.people.find(({ username }) => username === message.person);
  if (person === undefined) return 'unknown-person';
  const address = message.contact === POLICY_CONTACT ? person.mail : message.address;
  if (address === null) return 'contact-removed';
  const pager = pagers[message.method];
  if (pager === undefined) return 'no-provider';
  const { username, roles } = person;
  return { pager, address, recipient: { kind: 'own-people', username, roles, address, isAppointed: false } };
}

/** Wrapped, so that whoever awaits the beginning does not await the answer. */
interface Sending {
  readonly answer: Promise<PagerAnswer>;
}

/** Null when there is nothing left to say, or the gate withholds it. */
async function begin(
  dependencies: SendingDependencies,
  message: TakenMessage,
  { pager, address, recipient }: Way,
): Promise<Sending | null> {
  const { db, clock } = dependencies;
  const cleared = (pages: readonly CarriedPage[]) =>
    clear(worded(dependencies, message, { pages, address }), recipient);
  const whole = cleared(message.pages);
  if (!whole.isCleared) {
    const { reason } = whole.clearance;
    await endMessage(db, message.id, { outcome: 'withheld', code: reason, farId: null, at: clock.now() });
    return null;
  }
  return beginSending(db, message, { at: clock.now(), clearance: whole.clearance }, (ringing) => {
    const still = ringing.length === message.pages.length ? whole : cleared(ringing);
    if (!still.isCleared) throw new Error(`Message ${message.id} was cleared and is not any more.`);
    return { answer: pager.send(still) };
  });
}

function worded(
  dependencies: SendingDependencies,
  message: TakenMessage,
  { pages, address }: { readonly pages: readonly CarriedPage[]; readonly address: string },
): Labelled<PagerMessage> {
  const { policy, ways } = dependencies;
  const { id, person, purpose, content } = message;
  const envelope: PagerEnvelope = { id, to: address, addressee: person, replyTo: null };
  const [first, ...others] = pages.map((page) => ringing(dependencies, person, page));
  if (first !== undefined) {
    const replyTo = ways.replyAddressFor({ pageId: first.pageId, username: person });
    return pageMessage(policy, { ...envelope, replyTo }, [first, ...others]);
  }
  // Its kind of content goes with its purpose: both were written by the same statement.
  if (purpose === 'taken')
    return takenMessage(policy, envelope, content as Parameters<typeof takenMessage>[2]);
  return messageWithoutWords(policy, envelope, content as Sheet);
}

function ringing({ publicUrl, ways }: SendingDependencies, username: string, page: CarriedPage) {
  const { pageId, ring } = page;
  return {
    ...page,
    calledAs: page.why,
    url: `${publicUrl}/v1/pages/${pageId}`,
    link: ways.linkFor({ pageId, ring, username }),
    code: ways.codeFor({ pageId, username }),
  };
}

async function settle(
  { db, clock }: SendingDependencies,
  { id, contact, tries }: TakenMessage,
  answer: PagerAnswer,
): Promise<void> {
  const at = clock.now();
  switch (answer.outcome) {
    case 'accepted':
    case 'delivered':
      return endMessage(db, id, { outcome: answer.outcome, code: answer.code, farId: answer.id, at });
    case 'refused':
      await endMessage(db, id, { outcome: 'refused', code: answer.code, farId: null, at });
      if (contact !== POLICY_CONTACT) await failContact(db, contact, { at, because: answer.code });
      return bringForward(db, id, at);
    case 'later': {
      const afterMs = Math.min(Math.max(answer.afterMs ?? 0, AGAIN_AT_LEAST_MS), AGAIN_AT_MOST_MS);
      await postponeMessage(db, id, { dueAt: at + afterMs, code: answer.code });
      // Once is enough: the contact after the next has its own time.
      if (tries === 0) await bringForward(db, id, at);
    }
  }
}
