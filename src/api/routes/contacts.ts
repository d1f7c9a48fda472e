import { createHash, randomInt, randomUUID } from 'node:crypto';
import { ADDRESS_FORMS, masked } from '../../domain/contact.ts';
import { codeSheet } from '../../domain/page-wording.ts';
import { countGuess, forgetGuesses, takeBackGuess } from '../../persistence/code-guesses.ts';
import {
  addContact,
  type Contact,
  contactsOf,
  keepCode,
  moveContact,
  removeContact,
  verifyContact,
} from '../../persistence/contacts.ts';
import { postMessages } from '../../persistence/pager-messages.ts';
import { addCall } from '../call.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { owned } from '../owned.ts';
import { ProblemError, wrongField } from '../problem.ts';
import {
  CodeIn,
  ContactIn,
  ContactParams,
  ContactSchema,
  ContactsSchema,
  type ContactView,
  NewContactSchema,
  PlaceIn,
} from '../schemas/contacts.ts';
import { PersonParams } from '../schemas/rotas.ts';
import { instantText } from '../schemas/values.ts';
import type { Office } from './deciding.ts';

const PATH = '/v1/people/:username/contacts';

/** One person is reached by few; more would be somebody's mistake. */
const CONTACTS_MAX = 12;

const ONE = { status: 200, schema: ContactSchema, description: 'The contact as it stands.' } as const;

/** How people are reached. Nobody but the person may change it: whoever could would get their pages. Source: SLA-2. */
export function addContacts(office: Office): void {
  addReading(office);
  addAdding(office);
  addVerifying(office);
  addArranging(office);
}

function addReading({ app, dependencies }: Office): void {
  addCall(app, dependencies, {
    verb: 'contacts',
    method: 'GET',
    url: PATH,
    tag: 'People',
    summary: 'How a person is reached, in the order of their preference',
    description:
      'Of `me` or by username. Others than the person see addresses shortened. After all of these comes the mail address of the policy.',
    params: PersonParams,
    answer: { status: 200, schema: ContactsSchema, description: 'All of them: there are few.' },
    subject: async (actor, { username = '' }) => owned(dependencies, actor, username),
    async handle({ actor, subject: { username } }) {
      const contacts = await contactsOf(dependencies.db, [username]);
      const items = contacts.map(viewOf);
      return { items: actor.username === username ? items : items.map(shortened), nextCursor: null };
    },
  });
}

function addAdding({ app, dependencies }: Office): void {
  const { db, now, contactKinds } = dependencies;
  addCall(app, dependencies, {
    verb: 'contact-change',
    method: 'POST',
    url: PATH,
    tag: 'People',
    summary: 'Add a contact of your own; a code is sent to it',
    params: PersonParams,
    body: ContactIn,
    answer: {
      status: 200,
      schema: NewContactSchema,
      description: 'The contact, to be verified by the code.',
    },
    subject: async (actor, { username = '' }) => owned(dependencies, actor, username),
    async handle({ subject: { username }, body: { kind, address } }) {
      if (!contactKinds.includes(kind)) {
        throw wrongField(
          'invalid',
          '/kind',
          `Expected a kind that is set up here: ${contactKinds.join(', ')}.`,
        );
      }
      const { pattern, expected } = ADDRESS_FORMS[kind];
      if (!pattern.test(address)) throw wrongField('invalid', '/address', `Expected ${expected}.`);
      if ((await contactsOf(db, [username])).length >= CONTACTS_MAX) {
        throw new ProblemError('not-now', `${CONTACTS_MAX} contacts are enough. Remove one first.`);
      }
      const id = randomUUID();
      const secret = kind === 'webhook' ? dependencies.webhookSecretFor({ address, username }) : null;
      if (!(await addContact(db, { id, username, kind, address, at: now() }))) {
        throw wrongField('invalid', '/address', 'Expected one that you have not given yet.');
      }
      const contact = await requireContact(dependencies, username, id);
      await sendCode(dependencies, contact);
      return { ...viewOf(contact), secret };
    },
  });
}

function addVerifying({ app, dependencies }: Office): void {
  const { db, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'contact-change',
    method: 'POST',
    url: `${PATH}/:id/code`,
    tag: 'People',
    summary: 'Send another code; the earlier one is worth nothing then',
    params: ContactParams,
    answer: ONE,
    subject: async (actor, { username = '' }) => owned(dependencies, actor, username),
    async handle({ params: { id }, subject: { username } }) {
      const contact = await requireContact(dependencies, username, id);
      await sendCode(dependencies, contact);
      return viewOf(contact);
    },
  });
  addCall(app, dependencies, {
    verb: 'contact-change',
    method: 'POST',
    url: `${PATH}/:id/verify`,
    tag: 'People',
    summary: 'Give back the code that was sent: from then on the contact is used',
    params: ContactParams,
    body: CodeIn,
    answer: ONE,
    subject: async (actor, { username = '' }) => owned(dependencies, actor, username),
    async handle({ params: { id }, body: { code }, subject: { username } }) {
      const { kind, address } = await requireContact(dependencies, username, id);
      const subject = { what: 'contact', username, kind, address } as const;
      const guess = await countGuess(db, subject, now());
      if (guess.isFirstRefused) {
        dependencies.logger.warn({ username, contact: id }, 'too many wrong codes were said for a contact');
      }
      if (!guess.isAllowed) throw tooManyGuesses(guess.refusedUntil);
      const outcome = await verifyContact(db, id, { digest: digestOf(id, code), at: now() });
      if (outcome === 'verified') await forgetGuesses(db, subject);
      if (outcome === 'none') await takeBackGuess(db, subject);
      if (outcome === 'wrong')
        throw wrongField('invalid', '/code', 'Expected the last code that was sent there.');
      if (outcome === 'none') {
        throw new ProblemError(
          'not-now',
          'No code is waiting for this contact: it has run out, was used, or was tried too often. Ask for another.',
        );
      }
      return viewOf(await requireContact(dependencies, username, id));
    },
  });
}

function addArranging({ app, dependencies }: Office): void {
  const { db, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'contact-change',
    method: 'POST',
    url: `${PATH}/:id/place`,
    tag: 'People',
    summary: 'Try a contact earlier or later than the others',
    params: ContactParams,
    body: PlaceIn,
    answer: ONE,
    subject: async (actor, { username = '' }) => owned(dependencies, actor, username),
    async handle({ params: { id }, body: { place }, subject: { username } }) {
      await moveContact(db, await requireContact(dependencies, username, id), place);
      return viewOf(await requireContact(dependencies, username, id));
    },
  });
  addCall(app, dependencies, {
    verb: 'contact-change',
    method: 'POST',
    url: `${PATH}/:id/remove`,
    tag: 'People',
    summary: 'Remove a contact: nothing is sent there any more',
    params: ContactParams,
    answer: { ...ONE, description: 'The contact as it was.' },
    subject: async (actor, { username = '' }) => owned(dependencies, actor, username),
    async handle({ params: { id }, subject: { username } }) {
      const contact = await requireContact(dependencies, username, id);
      await removeContact(db, id, now());
      return viewOf(contact);
    },
  });
}

async function requireContact({ db }: ApiDependencies, username: string, id: string): Promise<Contact> {
  const contact = (await contactsOf(db, [username])).find((one) => one.id === id);
  if (contact === undefined) throw new ProblemError('not-found', `There is no such contact of ${username}.`);
  return contact;
}

async function sendCode({ db, now, policy }: ApiDependencies, contact: Contact): Promise<void> {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const at = now();
  const until = at + policy.paging.codeLastsMs;
  await keepCode(db, contact.id, { digest: digestOf(contact.id, code), until });
  const { username: person, id, kind: method } = contact;
  const message = { id: `code:${randomUUID()}`, person, contact: id, method, purpose: 'code', at } as const;
  await postMessages(db, [{ ...message, content: codeSheet(code, until) }]);
}

function tooManyGuesses(until: number): ProblemError {
  return new ProblemError(
    'too-fast',
    `Too many wrong codes for this contact: none is looked at before ${instantText(until)}.`,
  );
}

function digestOf(id: string, code: string): string {
  return createHash('sha256').update(`${id}:${code}`).digest('hex');
}

function viewOf({ id, kind, address, place, addedAt, verifiedAt, failed }: Contact): ContactView {
  return {
    id,
    kind,
    address,
    place,
    addedAt: instantText(addedAt),
    verifiedAt: instantText(verifiedAt),
    failedAt: instantText(failed?.at ?? null),
    failedBecause: failed?.because ?? null,
  };
}

function shortened(view: ContactView): ContactView {
  return { ...view, address: masked(view.address) };
}
