import { describe, expect, test } from 'vitest';
import type { Audience, NoticeCell } from '../../src/domain/policy.ts';
import { draftOf, templateValues } from '../../src/domain/notices/templates.ts';
import { mistakesOfNotices } from '../../src/policy/notices.ts';
import type { PolicyFile } from '../../src/policy/schema.ts';
import { policy } from '../support/incidents.ts';

const audience: Audience = {
  key: 'list',
  title: 'A list',
  kind: 'organization',
  to: { addresses: ['list@example.org'] },
  channel: 'direct-mail',
  ceiling: 'GREEN',
  source: 'NM-34',
};

function mistakes(over: object): readonly string[] {
  const file = {
    audiences: [audience],
    channels: [{ key: 'direct-mail' }],
    people: [{ roles: ['csirt'] }],
    noticeTemplates: { first: { subject: 'About {incident}', text: '{summary}' } },
    notices: [],
    ...over,
  } as unknown as PolicyFile;
  return mistakesOfNotices(file).map(
    ({ path, expected, got = '' }) => `${path.join('.')}: ${expected}, ${got}`,
  );
}

const cell = { audience: 'list', trigger: 'discovery', template: 'first', source: 'NM-34' };

describe('audiences and notices of a policy', () => {
  test('may be as in the default policy', () => {
    expect(mistakes({ notices: [cell] })).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    [
      'an unknown channel',
      { audiences: [{ ...audience, channel: 'pigeon' }] },
      /channel of this policy, pigeon/,
    ],
    [
      'a ceiling that the gate would not let through',
      { audiences: [{ ...audience, ceiling: 'AMBER' }] },
      /GREEN or freer, which is what reaches organization, AMBER/,
    ],
    [
      'people that are no people of ours',
      { audiences: [{ ...audience, to: { roles: ['csirt'] } }] },
      /roles for own-people, and for nobody else, organization/,
    ],
    [
      'a role that nobody holds',
      { audiences: [{ ...audience, kind: 'own-people', to: { roles: ['legal'] } }] },
      /roles that somebody holds, legal/,
    ],
    [
      'an unknown audience',
      { notices: [{ ...cell, audience: 'nobody' }] },
      /an audience of this policy, nobody/,
    ],
    ['an unknown template', { notices: [{ ...cell, template: 'last' }] }, /one of noticeTemplates, last/],
    ['a cell twice', { notices: [cell, cell] }, /each audience and trigger once, list, discovery/],
    [
      'a name that nobody fills in',
      { noticeTemplates: { first: { subject: 'About {inciden}', text: '{summary}' } } },
      /only names that are filled in.*\{inciden\}/,
    ],
  ])('are refused with %s', (_what, over, expected) => {
    expect(mistakes(over)).toEqual([expect.stringMatching(expected)]);
  });
});

describe('a template', () => {
  const inForce = policy();
  const trigger = 'discovery' as const;

  test('of the default policy is filled in for every cell of the matrix', () => {
    const values = templateValues(inForce, { id: 'INC-2026-0001', criticality: 'escalation' }, 'Keys leaked');
    const drafts = (inForce.notices ?? []).map((one: NoticeCell) => draftOf(inForce, one, values));
    expect(drafts).toHaveLength(27);
    for (const draft of drafts) expect(JSON.stringify(draft)).not.toMatch(/[{]\w+[}]|null/);
    expect(draftOf(inForce, { audience: 'internal-open', trigger }, values)?.text).toContain('Keys leaked');
  });

  test('fills in what somebody wrote as it is, names in braces too', () => {
    const values = templateValues(inForce, { id: 'INC-2026-0001', criticality: null }, 'see {phone} and $&');
    const text = draftOf(inForce, { audience: 'internal-open', trigger }, values)?.text;
    expect(text).toContain('see {phone} and $&');
  });
});
