import { type ContactKind, masked } from '../domain/contact.ts';
import { utcSeconds } from '../domain/local-time.ts';
import type { Policy } from '../domain/policy.ts';
import { countGuess, forgetGuesses } from '../persistence/code-guesses.ts';
import { failContact, ownersOf, POLICY_CONTACT } from '../persistence/contacts.ts';
import type { Db } from '../persistence/database.ts';
import { bringForward, recordReceipt } from '../persistence/pager-messages.ts';
import { listPages, type Page } from '../persistence/pages.ts';
import { answerFactId, type PageAnswers } from './answering.ts';
import { answerOf, type SaidAnswer } from './answers.ts';
import type { Receipt, Receipts, SaidBack } from './callbacks.ts';
import { matchesCode } from './codes.ts';
import { readReplyAddress } from './reply-address.ts';

export interface ReceiptDependencies {
  readonly db: Db;
  /** The signing key. */
  readonly key: Buffer;
  /** The policy in force. */
  readonly policy: Policy;
  readonly answers: PageAnswers;
  /** Told once of each address that said too many wrong codes; `address` is shortened. */
  readonly onTooManyGuesses: (said: { readonly kind: ContactKind; readonly address: string }) => void;
}

/** Which of our messages a provider may speak of. Any other than Twilio has its own kinds of contact. */
const METHODS: Readonly<Record<string, readonly ContactKind[]>> = { twilio: ['sms', 'voice'] };
const OTHER_METHODS: readonly ContactKind[] = ['push', 'webhook', 'mail'];

/** Source: Twilio's error dictionary: blocked, unknown, a landline, unsubscribed. They will be so tomorrow as well. */
const FOR_GOOD: ReadonlySet<string> = new Set(['30004', '30005', '30006', '21610', '21614']);

/** What comes back to us: receipts of providers, and what people write. */
export function createReceipts(dependencies: ReceiptDependencies): Receipts {
  const { db } = dependencies;
  return {
    async delivered(receipt) {
      const known = await record(db, receipt, 'delivered', 'delivered');
      return known === null ? 'unknown' : 'known';
    },
    async refused({ code, ...receipt }) {
      const known = await record(db, receipt, 'refused', code);
      if (known === null) return 'unknown';
      if (!known.isNews) return 'known';
      if (known.contact !== POLICY_CONTACT && FOR_GOOD.has(code)) {
        await failContact(db, known.contact, { at: receipt.at, because: code });
      }
      // The next contact does not wait for its time.
      await bringForward(db, known.messageId, receipt.at);
      return 'known';
    },
    answered: (said) => answered(dependencies, said),
  };
}

function record(db: Db, { provider, id, at }: Receipt, outcome: 'delivered' | 'refused', code: string) {
  return recordReceipt(db, { methods: METHODS[provider] ?? OTHER_METHODS, id, outcome, code, at });
}

const NOT_UNDERSTOOD = 'Not understood. Reply with the code alone to take the page, or NO and the code.';

/** Where others talk too, and nobody vouches for a name: strangers are not talked to, and what they say costs nothing. */
const CHATS: ReadonlySet<ContactKind> = new Set(['matrix', 'irc']);

async function answered(dependencies: ReceiptDependencies, said: SaidBack): Promise<string> {
  const people = said.kind === 'mail' ? null : await peopleAt(dependencies, said);
  if (people?.length === 0) {
    return CHATS.has(said.kind) ? '' : 'This is no verified contact of anybody here.';
  }
  const answer = answerOf(said.text);
  if (answer === null) return NOT_UNDERSTOOD;
  const meant =
    people === null
      ? await pageOfReplyAddress(dependencies, said.address)
      : await pageOfCode(dependencies, { people, said, answer });
  if (typeof meant === 'string') return meant;
  const { page, username: by } = meant;
  const { answers } = dependencies;
  const act = answer.kind;
  const given = {
    pageId: page.id,
    by,
    at: said.at,
    factId: answerFactId({ act, pageId: page.id, ring: page.ring, by }),
  };
  const { page: after } = await answers[act](given);
  if (act === 'decline' && after?.state === 'ringing') return `${page.id}: noted, the next is called.`;
  const owner = after?.acknowledgedBy ?? null;
  if (after?.state !== 'acknowledged' || owner === null) return `${page.id} does not ring any more.`;
  if (owner !== by) return `${owner} has ${page.id}.`;
  return act === 'decline' ? `${page.id} is yours already: hand it on.` : `${page.id} is yours.`;
}

interface Meant {
  readonly page: Page;
  readonly username: string;
}

/** Whose contact it is, and still a person of the policy. */
async function peopleAt(
  { db, policy }: ReceiptDependencies,
  { kind, address }: SaidBack,
): Promise<readonly string[]> {
  const owners = await ownersOf(db, kind, address);
  return owners.filter((username) => policy.people.some((person) => person.username === username));
}

/** Which page these people answer; a sentence to say to them where none can be told. */
async function pageOfCode(
  { db, key, onTooManyGuesses }: ReceiptDependencies,
  {
    people,
    said,
    answer: { code },
  }: { readonly people: readonly string[]; readonly said: SaidBack; readonly answer: SaidAnswer },
): Promise<Meant | string> {
  if (code === null) return 'Which page? Reply with its code.';
  const subject = { what: 'answer', kind: said.kind, address: said.address } as const;
  const guess = await countGuess(db, subject, said.at);
  if (guess.isFirstRefused) onTooManyGuesses({ kind: said.kind, address: masked(said.address) });
  if (!guess.isAllowed) {
    return `Too many wrong codes from here. Take the page by its link, or try again at ${utcSeconds(guess.refusedUntil)}.`;
  }
  for (const username of people) {
    const page = (await callsOf(db, username)).find(({ id: pageId }) =>
      matchesCode({ key, pageId, username, code }),
    );
    if (page !== undefined) {
      await forgetGuesses(db, subject);
      return { page, username };
    }
  }
  return 'No page of yours has this code.';
}

async function pageOfReplyAddress(
  { db, key, policy }: ReceiptDependencies,
  address: string,
): Promise<Meant | string> {
  const usernames = policy.people.map(({ username }) => username);
  const read = readReplyAddress({ key, address, usernames });
  const calls = read === null ? [] : await callsOf(db, read.username);
  const page = calls.find(({ id }) => id === read?.pageId);
  return read === null || page === undefined
    ? 'No page was called by this address.'
    : { page, username: read.username };
}

/** Nobody is called by more at once. */
const CALLS_MAX = 200;

/** Pages that have called somebody, whatever has become of them since: they are told. */
async function callsOf(db: Db, person: string): Promise<readonly Page[]> {
  const { items } = await listPages(db, { person, limit: CALLS_MAX });
  return items;
}
