import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Addressed,
  clear,
  isCleared,
  type Labelled,
  type Recipient,
} from '../../src/domain/clearance.ts';
import { isStricter, TLP_LABELS, type Tlp } from '../../src/domain/tlp.ts';
import { ROLES } from '../../src/domain/vocabulary.ts';
import type { Mailer } from '../../src/ports.ts';

const ADDRESS = 'anna@example.org';

const reporter: Recipient = { kind: 'party', name: 'report-1', address: ADDRESS };
const responder: Recipient = {
  kind: 'own-people',
  username: 'responder1',
  address: ADDRESS,
  roles: ['csirt'],
  isAppointed: false,
};
const stranger: Recipient = { ...responder, username: 'sme1', roles: [] };
const appointed: Recipient = { ...stranger, isAppointed: true };
const organization: Recipient = { kind: 'organization', address: ADDRESS };
const community: Recipient = { kind: 'community', address: ADDRESS };
const everybody: Recipient = { kind: 'public', address: ADDRESS };

/** For whom it is encrypted does not matter to the gate, only that it is. */
const ENCRYPTED: Addressed = { to: ADDRESS, encryptedFor: ['-----BEGIN PGP PUBLIC KEY BLOCK-----'] };

function words(
  label: Tlp,
  exchange: readonly string[] = ['report-1'],
  content: Addressed = ENCRYPTED,
): Labelled<Addressed> {
  return { carriesWords: true, content, label, exchange };
}

function inTheClear(label: Tlp, exchange?: readonly string[]): Labelled<Addressed> {
  return words(label, exchange, { to: ADDRESS });
}

const fixed: Labelled<Addressed> = { carriesWords: false, content: { to: ADDRESS }, addressee: 'responder1' };

function isLetOut(message: Labelled<Addressed>, recipient: Recipient): boolean {
  return clear(message, recipient).isCleared;
}

describe('the TLP table', () => {
  it.each([
    ['RED', [reporter]],
    ['AMBER+STRICT', [responder, appointed]],
    ['AMBER', [reporter, responder, appointed]],
    ['GREEN', [reporter, responder, appointed, stranger, organization, community]],
    ['CLEAR', [reporter, responder, appointed, stranger, organization, community, everybody]],
  ] as const)('%s reaches whom IC-30 says and nobody else', (label, reached) => {
    const all = [reporter, responder, appointed, stranger, organization, community, everybody];
    expect(all.filter((recipient) => isLetOut(words(label), recipient))).toEqual(reached);
  });

  it('RED reaches our own people only when they are named in the exchange', () => {
    expect(isLetOut(words('RED', ['report-1']), responder)).toBe(false);
    expect(isLetOut(words('RED', ['report-1', 'responder1']), responder)).toBe(true);
  });

  it('RED reaches no reporter who is not a party of this very exchange', () => {
    expect(clear(words('RED', ['report-2']), reporter).clearance).toEqual({
      recipient: 'report-1',
      label: 'RED',
      isAllowed: false,
      reason: 'not-in-the-exchange',
    });
  });

  it('AMBER+STRICT, which is also what nobody labelled, never leaves our organization', () => {
    expect(clear(words('AMBER+STRICT'), reporter).clearance.reason).toBe('outside-the-label');
  });

  it('AMBER goes to those of our people who need to know: by role, or because the incident appointed them', () => {
    expect(clear(words('AMBER'), responder).clearance.reason).toBe('needs-to-know');
    expect(clear(words('AMBER'), appointed).clearance.reason).toBe('needs-to-know');
    expect(clear(words('AMBER'), stranger).clearance.reason).toBe('no-need-to-know');
  });

  it('neither the auditor, the administrator nor operations need to know by their role alone', () => {
    const roles = ['auditor', 'admin', 'operations'] as const;
    expect(roles.some((role) => isLetOut(words('AMBER'), { ...stranger, roles: [role] }))).toBe(false);
  });
});

describe('what others could read on the way', () => {
  it.each([
    ['RED', []],
    ['AMBER+STRICT', []],
    ['AMBER', [reporter, responder, appointed]],
    ['GREEN', [reporter, responder, appointed, stranger, organization, community]],
    ['CLEAR', [reporter, responder, appointed, stranger, organization, community, everybody]],
  ] as const)('%s in the clear reaches those alone whom its label lets', (label, reached) => {
    const all = [reporter, responder, appointed, stranger, organization, community, everybody];
    expect(all.filter((recipient) => isLetOut(inTheClear(label), recipient))).toEqual(reached);
  });

  it('RED to a party of the exchange is withheld for that alone, and so is AMBER+STRICT to one who needs to know', () => {
    expect(clear(inTheClear('RED'), reporter).clearance.reason).toBe('not-encrypted');
    expect(clear(inTheClear('AMBER+STRICT'), responder).clearance.reason).toBe('not-encrypted');
  });

  it('no certificate at all is no encryption', () => {
    expect(isLetOut(words('RED', ['report-1'], { to: ADDRESS, encryptedFor: [] }), reporter)).toBe(false);
  });

  it('encryption lets nothing reach more than the label does', () => {
    expect(clear(words('AMBER+STRICT'), reporter).clearance.reason).toBe('outside-the-label');
    expect(clear(words('RED', ['report-2']), reporter).clearance.reason).toBe('not-in-the-exchange');
  });

  it('another form of an encrypted message is not one in the clear', () => {
    const cleared = clear(words('RED'), reporter);
    if (!cleared.isCleared) throw new Error('encrypted, RED goes to a party of the exchange');
    expect(() => cleared.as(({ to }) => ({ to }))).toThrow(RangeError);
    expect(() => cleared.as(({ to }) => ({ to, encryptedFor: [] }))).toThrow(RangeError);
    expect(cleared.as((message) => ({ ...message, subject: 'x' })).message.subject).toBe('x');
  });
});

describe('a message without a word of the incident', () => {
  it('goes to the person it is for, whatever the incident’s label, and says why', () => {
    expect(clear(fixed, responder).clearance).toEqual({
      recipient: 'responder1',
      label: 'CLEAR',
      isAllowed: true,
      reason: 'no-words',
    });
  });

  it.each([stranger, reporter, organization, community, everybody])(
    'goes to nobody else: %o',
    (recipient) => {
      expect(clear(fixed, recipient).clearance.reason).toBe('not-the-addressee');
    },
  );
});

describe('the gate', () => {
  it('withholds a mail that is addressed to another address than the recipient’s', () => {
    const misdirected = { ...words('CLEAR'), content: { to: 'mallory@example.net' } };
    expect(clear(misdirected, responder).clearance.reason).toBe('not-the-address');
  });

  it('withholds what carries a label it does not know', () => {
    for (const label of ['WHITE', '', 'constructor', '__proto__', null, undefined]) {
      const message = words(label as Tlp);
      expect(clear(message, everybody).clearance).toMatchObject({
        isAllowed: false,
        reason: 'unknown-label',
      });
    }
  });

  it('withholds what is for an audience it does not know', () => {
    const press = { kind: 'press', address: ADDRESS } as unknown as Recipient;
    expect(clear(words('CLEAR'), press).clearance).toMatchObject({
      isAllowed: false,
      reason: 'unknown-audience',
    });
  });

  it('hands on the message it was given', () => {
    const message = words('CLEAR');
    expect(clear(message, everybody)).toMatchObject({ isCleared: true, message: message.content });
  });

  it('alone makes what a mailer takes', () => {
    const typesOnly = (mailer: Mailer): void => {
      const mail = { to: ADDRESS, subject: '', text: '', messageId: '<a@b>', headers: {} };
      const clearance = { recipient: 'a', label: 'CLEAR', isAllowed: true, reason: 'no-words' } as const;
      const answer = clear({ carriesWords: false, content: mail, addressee: 'responder1' }, responder);

      // @ts-expect-error a plain object is not cleared
      void mailer.send({ isCleared: true, message: mail, clearance });
      // @ts-expect-error the mail itself is not cleared
      void mailer.send(mail);
      // @ts-expect-error what was withheld cannot be sent, and without asking nobody knows
      void mailer.send(answer);
      if (answer.isCleared) {
        void mailer.send(answer);
        // @ts-expect-error a copy with another text is not what was cleared
        void mailer.send({ ...answer, message: { ...mail, text: 'other' } }); // oxlint-disable-line no-misused-spread -- that is the point
      }
    };
    expect(typesOnly).toBeTypeOf('function');
    const answer = clear(words('CLEAR'), everybody);
    expect(isCleared(answer)).toBe(true);
    expect(isCleared(Object.assign({}, answer))).toBe(false);
  });
});

const anyLabel = fc.constantFrom(...TLP_LABELS);
const anyName = fc.constantFrom('report-1', 'report-2', 'responder1', 'sme1');
const anyOwnPerson: fc.Arbitrary<Recipient> = fc.record({
  kind: fc.constant('own-people' as const),
  username: anyName,
  address: fc.constant(ADDRESS),
  roles: fc.subarray([...ROLES]),
  isAppointed: fc.boolean(),
});
const anyAudience: fc.Arbitrary<Recipient> = fc.constantFrom(organization, community, everybody);
const anyParty: fc.Arbitrary<Recipient> = anyName.map((name) => ({ kind: 'party', name, address: ADDRESS }));

describe('whatever the message and the recipient', () => {
  it('a stricter label never reaches more: neither of our people nor of the audiences', () => {
    fc.assert(
      fc.property(
        anyLabel,
        anyLabel,
        fc.oneof(anyOwnPerson, anyAudience),
        fc.subarray(['report-1', 'responder1', 'sme1']),
        (a, b, recipient, exchange) => {
          const [strict, free] = isStricter(a, b) ? [a, b] : [b, a];
          const reachesMore =
            isLetOut(words(strict, exchange), recipient) && !isLetOut(words(free, exchange), recipient);
          expect(reachesMore).toBe(false);
        },
      ),
    );
  });

  it('a stricter label never reaches more outside parties, AMBER+STRICT alone reaching none', () => {
    const labels = TLP_LABELS.filter((label) => label !== 'AMBER+STRICT');
    fc.assert(
      fc.property(
        fc.constantFrom(...labels),
        fc.constantFrom(...labels),
        anyParty,
        fc.subarray(['report-1', 'responder1', 'sme1']),
        (a, b, party, exchange) => {
          const [strict, free] = isStricter(a, b) ? [a, b] : [b, a];
          expect(isLetOut(words('AMBER+STRICT', exchange), party)).toBe(false);
          const reachesMore =
            isLetOut(words(strict, exchange), party) && !isLetOut(words(free, exchange), party);
          expect(reachesMore).toBe(false);
        },
      ),
    );
  });

  it('an unknown label or audience lets nothing out', () => {
    const anyKind = fc
      .string()
      .filter((kind) => !['party', 'own-people', 'organization', 'community', 'public'].includes(kind));
    const unknownLabel = fc.string().filter((label) => !(TLP_LABELS as readonly string[]).includes(label));
    fc.assert(
      fc.property(
        unknownLabel,
        anyLabel,
        anyKind,
        fc.oneof(anyOwnPerson, anyAudience, anyParty),
        (bad, label, kind, recipient) => {
          const unknown = { ...recipient, kind } as unknown as Recipient;
          expect(isLetOut(words(bad as Tlp), recipient)).toBe(false);
          expect(isLetOut(words(label), unknown)).toBe(false);
        },
      ),
    );
  });

  it('the answer and the clearance to record say the same', () => {
    fc.assert(
      fc.property(anyLabel, fc.oneof(anyOwnPerson, anyAudience, anyParty), (label, recipient) => {
        const answer = clear(words(label), recipient);
        expect(answer.clearance).toMatchObject({ isAllowed: answer.isCleared, label });
      }),
    );
  });
});

describe('another form of a cleared message', () => {
  const cleared = clear(inTheClear('GREEN'), responder);

  it('has passed the gate as the message has, for the same recipient', () => {
    if (!cleared.isCleared) throw new Error('GREEN goes to our own people');
    const mail = cleared.as(({ to }) => ({ to, subject: 'A page' }));
    expect(isCleared(mail)).toBe(true);
    expect(mail.message).toEqual({ to: ADDRESS, subject: 'A page' });
    expect(mail.clearance).toBe(cleared.clearance);
  });

  it.each(['mallory@example.net', '', `${ADDRESS} `, ADDRESS.toUpperCase()])('never goes to %j', (to) => {
    if (!cleared.isCleared) throw new Error('GREEN goes to our own people');
    expect(() => cleared.as(() => ({ to }))).toThrow(RangeError);
  });
});
