import { shiftSheet } from '../domain/page-wording.ts';
import type { Policy } from '../domain/policy.ts';
import type { Shift } from '../domain/rota.ts';
import { contactsOf, POLICY_CONTACT } from '../persistence/contacts.ts';
import type { Db } from '../persistence/database.ts';
import { type NewMessage, postMessages } from '../persistence/pager-messages.ts';
import { rotaNotes } from '../persistence/rota-notes.ts';
import { type KeptRota, listRotas } from '../persistence/rotas.ts';
import { shiftsBetween } from '../rotas/on-call.ts';
import type { Clock } from '../ports.ts';

export interface ShiftNoticeDependencies {
  readonly db: Db;
  readonly clock: Clock;
  /** The policy in force. */
  readonly policy: Policy;
  /** Without a slash at the end. */
  readonly publicUrl: string;
}

/** An older note was for somebody else. */
const NOTE_IS_FRESH_MS = 24 * 60 * 60_000;

/** A shift that ends, and the one that follows it. */
interface Change {
  readonly before: Shift;
  readonly after: Shift;
}

/**
 * Tells both sides of each change of a shift that is near: who hands over, and who takes over. Each is told once of each
 * change, however often this looks.
 *
 * @returns how many messages the changes that are near call for, told before or now.
 */
export async function announceShifts(dependencies: ShiftNoticeDependencies): Promise<number> {
  const { db, clock, policy } = dependencies;
  const now = clock.now();
  const until = now + policy.paging.shiftNoticeBeforeMs;
  const rotas = await listRotas(db, { from: now, until });
  const messages = await Promise.all(
    rotas.flatMap((rota) =>
      changesOf(rota, now, until).map((change) => messagesOf(dependencies, rota, change, now)),
    ),
  );
  await postMessages(db, messages.flat());
  return messages.flat().length;
}

/** Changes from one person to another, or to nobody; not from one reason to another. */
function changesOf({ rota }: KeptRota, from: number, until: number): readonly Change[] {
  const shifts = shiftsBetween(rota, from, until + 1);
  return shifts.flatMap((after, index) => {
    const before = shifts[index - 1];
    return before === undefined || before.username === after.username ? [] : [{ before, after }];
  });
}

async function messagesOf(
  { db, policy, publicUrl }: ShiftNoticeDependencies,
  { rota }: KeptRota,
  { before, after }: Change,
  at: number,
): Promise<readonly NewMessage[]> {
  const both = [before.username, after.username].filter((username) => username !== null);
  const known = both.filter((username) => policy.people.some((person) => person.username === username));
  const [contacts, notes] = await Promise.all([
    contactsOf(db, known),
    rotaNotes(db, rota.key, { since: at - NOTE_IS_FRESH_MS, limit: 1 }),
  ]);
  const content = shiftSheet({
    title: rota.title,
    from: before.username,
    to: after.username,
    at: after.from,
    timeZone: rota.timeZone,
    hasNote: notes.length > 0,
    url: `${publicUrl}/v1/rotas/${rota.key}`,
  });
  return known.map((person) => {
    const own = contacts.find(
      ({ username, verifiedAt, failed }) => username === person && verifiedAt !== null && failed === null,
    );
    return {
      id: `shift:${rota.key}:${after.from}:${person}`,
      person,
      contact: own?.id ?? POLICY_CONTACT,
      method: own?.kind ?? 'mail',
      purpose: 'shift',
      content,
      at,
    };
  });
}
