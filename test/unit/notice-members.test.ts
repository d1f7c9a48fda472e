import { describe, expect, it } from 'vitest';
import { clear, isCleared } from '../../src/domain/clearance.ts';
import { announcement, encrypted } from '../../src/domain/mail-wording.ts';
import { contactsToTell, membersOf, recipientOf } from '../../src/domain/notices/members.ts';
import type { Tlp } from '../../src/domain/tlp.ts';
import { policy } from '../support/incidents.ts';

const { people, audiences = [] } = policy();
const audience = (key: string) => {
  const found = audiences.find((one) => one.key === key);
  if (found === undefined) throw new Error(key);
  return found;
};

describe('the contacts of a participant', () => {
  const contact = (kind: string, address: string, failedAt: number | null = null) => ({
    ...{ kind, address, failedAt },
  });
  const told = (...contacts: ReturnType<typeof contact>[]) =>
    contactsToTell({ id: 'p', contacts }).map(({ recipient, address }) => `${recipient} ${address}`);

  it('are told by the security contact, each one where there are several', () => {
    expect(told(contact('technical', 't@x'), contact('security', 's@x'), contact('security', 'r@x'))).toEqual(
      ['p s@x', 'p#2 r@x'],
    );
  });

  it('are told by the technical one where there is no other, or the other’s mail came back', () => {
    expect(told(contact('technical', 't@x'), contact('support', 'u@x'))).toEqual(['p t@x']);
    expect(told(contact('security', 's@x', 1), contact('technical', 't@x'))).toEqual(['p t@x']);
    expect(told(contact('security', 's@x', 1), contact('security', 'r@x'))).toEqual(['p r@x']);
  });

  it('are told nevertheless where every mail came back, and nobody where there is none', () => {
    expect(told(contact('security', 's@x', 1))).toEqual(['p s@x']);
    expect(told()).toEqual([]);
  });
});

describe('a mail of a notice', () => {
  const mailTo = (key: string, tlp: Tlp, [member] = membersOf(audience(key), people)) => {
    if (member === undefined) throw new Error('nobody');
    const mail = announcement({
      letterhead: policy(),
      envelope: { key: 'INC-2026-0001:notice:1:1', to: member.address, addressee: member.recipient },
      incidentId: 'INC-2026-0001',
      ...{ subject: 'Keys leaked', text: 'They are public.', tlp },
      exchange: [member.recipient],
    });
    return { mail, recipient: recipientOf(audience(key), member, people, { lead: null, team: [] }) };
  };

  it.each<[string, Tlp, boolean]>([
    ['public', 'CLEAR', true],
    ['public', 'GREEN', false],
    ['internal-open', 'GREEN', true],
    ['internal-open', 'AMBER', false],
    ['csirt', 'AMBER', true],
    ['csirt', 'AMBER+STRICT', false],
    ['leaders', 'AMBER+STRICT', false],
  ])('to %s labelled %s passes the gate: %s', (key, tlp, passes) => {
    const { mail, recipient } = mailTo(key, tlp);
    expect(isCleared(clear(mail, recipient))).toBe(passes);
  });

  it.each(['csirt', 'leaders'])('to %s labelled AMBER+STRICT passes once it is encrypted', (key) => {
    const { mail, recipient } = mailTo(key, 'AMBER+STRICT');
    expect(isCleared(clear(encrypted(mail, 'INC-2026-0001', ['a certificate']), recipient))).toBe(true);
  });

  it('names its subject only where the label lets a community read it', () => {
    expect(mailTo('internal-open', 'GREEN').mail.content.subject).toBe(
      '[INC-2026-0001] TLP:GREEN Keys leaked',
    );
    const { subject, text } = mailTo('csirt', 'AMBER').mail.content;
    expect(subject).toBe('[INC-2026-0001] TLP:AMBER A notice');
    expect(text).toContain('Keys leaked\n\nThey are public.');
  });
});
