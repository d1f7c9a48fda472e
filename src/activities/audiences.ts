import { createHash } from 'node:crypto';
import { heartbeat } from '@temporalio/activity';
import type { EffectResult } from '../domain/commands.ts';
import type { Incident } from '../domain/incident.ts';
import { announcement } from '../domain/mail-wording.ts';
import { contactsToTell, type Member, membersOf, recipientOf } from '../domain/notices/members.ts';
import { NOBODY_TOLD, type Notice, noticeKey, noticesOf } from '../domain/notices/notice.ts';
import type { Audience } from '../domain/policy.ts';
import {
  addRecipients,
  claimRecipients,
  countRecipients,
  endRecipients,
  type GoingOut,
  reachedBy,
  type RecipientEnd,
  stopRest,
} from '../persistence/notice-recipients.ts';
import { readParticipants } from '../persistence/participants.ts';
import { readState } from '../persistence/record.ts';
import { readTexts } from '../persistence/texts.ts';
import { deliver } from './delivery.ts';
import type { OutwardDependencies, Task } from './outward.ts';

export interface AudienceActivities {
  /**
   * Sends a released notice to everybody of its audience. Goes on where an earlier try stopped, and ends early where the
   * record says that the notice must not go out any more.
   */
  sendToAudience(task: Task<'send-notice'>): Promise<EffectResult>;
}

/** At once: a mail server takes that many connections from one client, and a stop is heard of after as many mails. */
const AT_ONCE = 8;

export function createAudienceActivities(dependencies: OutwardDependencies): AudienceActivities {
  const { db, clock, policy } = dependencies;
  return {
    async sendToAudience({ incidentId, effect: { key, n, instance } }) {
      const goingOut = { incidentId, n, instance };
      const told = (outcome: EffectResult['outcome'], detail: string | null, counts = NOBODY_TOLD) => ({
        ...{ key, outcome, detail, told: counts },
        at: clock.now(),
      });
      const row = await readState(db, incidentId);
      const notice = noticesOf(row?.state ?? {}).find((one) => one.n === n);
      const audience = policy.audiences?.find((one) => one.key === notice?.audience);
      const words =
        notice === undefined ? null : wordsIn(await readTexts(db, [notice.textId]), notice.textId);
      if (row === null || notice === undefined || audience === undefined) {
        return told('refused', 'no-audience');
      }
      if (words === null) return told('refused', 'no-text');
      await addRecipients(db, goingOut, await everybody(incidentId, notice, audience, words.to), clock.now());
      await sendAll(goingOut, { incident: row.state, notice, audience, words });
      await stopRest(db, goingOut, clock.now());
      const counts = await countRecipients(db, goingOut);
      if (counts === null) throw new Error('Some recipients could not be told yet.');
      return told('accepted', null, counts);
    },
  };

  async function sendAll(goingOut: GoingOut, letter: Letter): Promise<void> {
    const inHand = new Map<string, Promise<void>>();
    const failed: string[] = [];
    let failures = { inARow: 0, last: undefined as unknown };
    const writeEnd = endsTogether(goingOut);
    const begin = (member: Member): void => {
      const told = sendOne(goingOut, letter, member).then(writeEnd);
      const sending = told.then(
        () => {
          failures = { inARow: 0, last: undefined };
        },
        (error: unknown) => {
          failed.push(member.recipient);
          failures = { inARow: failures.inARow + 1, last: error };
        },
      );
      inHand.set(
        member.recipient,
        sending.finally(() => inHand.delete(member.recipient)),
      );
    };
    try {
      for (;;) {
        heartbeat();
        // The mail server is away: whoever is left would only be tried in vain.
        if (failures.inARow >= AT_ONCE) throw failures.last;
        const next = await claimRecipients(db, goingOut, {
          limit: AT_ONCE - inHand.size,
          except: [...failed, ...inHand.keys()],
          at: clock.now(),
        });
        if (next.length === 0) return;
        next.forEach(begin);
        // The slowest of them keeps nobody waiting but itself.
        while (inHand.size > AT_ONCE / 2) await Promise.race(inHand.values());
      }
    } finally {
      // A later try takes whoever is in the middle again: none may be under way then.
      await Promise.all(inHand.values());
    }
  }

  /** Ends that come while others are being written go together in the next statement. */
  function endsTogether(goingOut: GoingOut): (end: RecipientEnd) => Promise<void> {
    const waiting: RecipientEnd[] = [];
    let writing = Promise.resolve();
    return (end) => {
      waiting.push(end);
      const write = (): Promise<void> => endRecipients(db, goingOut, waiting.splice(0));
      // What was lost with a statement that failed is taken again by a later try, and not sent again.
      writing = writing.then(write, write);
      return writing;
    };
  }

  async function sendOne(
    goingOut: GoingOut,
    { incident, notice, audience, words }: Letter,
    member: Member,
  ): Promise<RecipientEnd> {
    const { incidentId } = goingOut;
    const { recipient, address } = member;
    const batch = noticeKey(incidentId, goingOut);
    const mail = announcement({
      letterhead: policy,
      envelope: { key: batch, to: address, addressee: shortened(recipient) },
      incidentId,
      ...words,
      tlp: notice.tlp,
      // Whom a notice is for is its exchange: the releaser chose them.
      exchange: [recipient],
    });
    const { outcome, detail, at } = await deliver(dependencies, {
      incidentId,
      key: `${batch}:${recipient}`,
      purpose: 'notice',
      mail,
      recipient: recipientOf(audience, member, policy.people, incident),
    });
    const state = outcome === 'accepted' ? 'sent' : outcome;
    return { recipient, state, detail, at, messageId: mail.content.messageId };
  }

  async function everybody(
    incidentId: string,
    { follows }: Notice,
    audience: Audience,
    only: readonly string[] | null,
  ): Promise<readonly Member[]> {
    if (follows !== null) {
      const { isSettled, recipients } = await reachedBy(db, incidentId, follows.n);
      if (!isSettled) throw new Error('Somebody is just getting the notice that this one follows.');
      return recipients;
    }
    if (!('directory' in audience.to)) return membersOf(audience, policy.people);
    // Parties are each named, or none is meant.
    const named = only ?? (audience.kind === 'party' ? [] : null);
    const participants = await readParticipants(db);
    return oncePerAddress(
      participants.filter(({ id }) => named === null || named.includes(id)).flatMap(contactsToTell),
    );
  }
}

/** An organization with several entities has one security office: it is told once. */
function oncePerAddress(members: readonly Member[]): readonly Member[] {
  const firstOf = new Map(members.toReversed().map((member) => [member.address.toLowerCase(), member]));
  return members.filter((member) => firstOf.get(member.address.toLowerCase()) === member);
}

interface Letter {
  readonly incident: Incident;
  readonly notice: Notice;
  readonly audience: Audience;
  readonly words: { readonly subject: string; readonly text: string };
}

/** Ids of participants are URLs of any length; a Message-ID has one line. */
function shortened(recipient: string): string {
  return recipient.length <= 40
    ? recipient
    : createHash('sha256').update(recipient).digest('hex').slice(0, 32);
}

function wordsIn(texts: ReadonlyMap<string, unknown>, textId: string) {
  const body = texts.get(textId);
  if (typeof body !== 'object' || body === null) return null;
  const { subject, text, to } = body as Readonly<Record<string, unknown>>;
  if (typeof subject !== 'string' || typeof text !== 'string') return null;
  return { subject, text, to: Array.isArray(to) ? to.map(String) : null };
}
