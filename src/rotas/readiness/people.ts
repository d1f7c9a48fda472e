import { type Finding, type ReadyPerson, VAIN_MESSAGES_MAX } from '../../domain/readiness.ts';
import type { ReadinessFacts } from '../readiness.ts';
import type { RotaShifts } from './shifts.ts';

/** A contact that somebody has given themselves. */
export interface KnownContact {
  readonly username: string;
  /** Null until its owner has shown that they read it. */
  readonly verifiedAt: number | null;
  /** Not null since the far side refuses it for good. */
  readonly failed: { readonly at: number } | null;
}

/** Whether messages to somebody reached the far side, the last one first. */
export interface LastOutcomes {
  readonly username: string;
  /** Of all their contacts. */
  readonly wereTaken: readonly boolean[];
  /** The address of the policy refused the last one that went there. */
  readonly isMailRefused: boolean;
}

/** How somebody can be reached, and when they are on call next. */
export function readyPerson(
  username: string,
  { people, contacts, outcomes }: Pick<ReadinessFacts, 'people' | 'contacts' | 'outcomes'>,
  rotas: readonly RotaShifts[],
): ReadyPerson {
  const own = contacts.filter((contact) => contact.username === username && contact.verifiedAt !== null);
  const failed = own.filter((contact) => contact.failed !== null).length;
  const isOfPolicy = people.some((person) => person.username === username);
  const last = outcomes.find((one) => one.username === username);
  const starts = rotas.flatMap(({ shifts }) =>
    shifts.filter((shift) => shift.username === username).map(({ from }) => from),
  );
  return {
    username,
    onCallFrom: starts.length === 0 ? null : Math.min(...starts),
    ways: {
      verified: own.length - failed,
      failed,
      policy: isOfPolicy && last?.isMailRefused !== true,
    },
  };
}

/** What keeps messages from reaching somebody. */
export function findingsOfPerson(
  { username, onCallFrom, ways }: ReadyPerson,
  { people, outcomes }: Pick<ReadinessFacts, 'people' | 'outcomes'>,
): readonly Finding[] {
  const about = { who: username, rota: null, ladder: null, from: onCallFrom, until: null };
  const cannot = { ...about, severity: 'cannot-be-reached' } as const;
  const warning = { ...about, severity: 'warning' } as const;
  if (!people.some((person) => person.username === username)) {
    const what = `${username} is called and is none of the people of the policy.`;
    return [{ ...cannot, kind: 'unknown-person', what }];
  }
  if (ways.verified === 0 && !ways.policy) {
    const what = `${username} has no way that works: the mail address of the policy refused the last message, and there is no other.`;
    return [{ ...cannot, kind: 'unreachable', what }];
  }
  const { wereTaken = [] } = outcomes.find((one) => one.username === username) ?? {};
  if (wereTaken.length >= VAIN_MESSAGES_MAX && !wereTaken.slice(0, VAIN_MESSAGES_MAX).includes(true)) {
    const what = `The last ${VAIN_MESSAGES_MAX} messages to ${username} came to nothing.`;
    return [{ ...cannot, kind: 'unreachable', what }];
  }
  if (!ways.policy) {
    const what = `The mail address that the policy gives for ${username} refused the last message.`;
    return [{ ...warning, kind: 'mail-refused', what }];
  }
  if (ways.verified > 0) return [];
  if (ways.failed > 0) {
    const what = `Every contact that ${username} gave has failed: only the mail address of the policy is left.`;
    return [{ ...warning, kind: 'contacts-failed', what }];
  }
  return [{ ...warning, kind: 'only-by-mail', what: `${username} can be reached only by mail.` }];
}
