import type { AudienceKind } from '../domain/notices/notice.ts';
import { unknownNames } from '../domain/notices/templates.ts';
import { isStricter, type Tlp } from '../domain/tlp.ts';
import type { Mistake } from './mistake.ts';
import type { PolicyFile } from './schema.ts';

/** What audiences and the matrix of notices name is there, and no ceiling promises what the TLP gate refuses. */
export function mistakesOfNotices(policy: PolicyFile): readonly Mistake[] {
  return [...mistakesOfAudiences(policy), ...mistakesOfCells(policy), ...mistakesOfTemplates(policy)];
}

/**
 * The strictest label that the gate lets reach a whole audience of this kind. A RED text has its exchange, which no
 * audience is. Source: IC-30.
 */
const STRICTEST: Readonly<Record<AudienceKind, Tlp>> = {
  'own-people': 'AMBER+STRICT',
  party: 'AMBER',
  organization: 'GREEN',
  community: 'GREEN',
  public: 'CLEAR',
};

function mistakesOfAudiences({ audiences, channels, people }: PolicyFile): readonly Mistake[] {
  return audiences.flatMap(({ kind, to, channel, ceiling }, n): readonly Mistake[] => {
    const path = ['audiences', n];
    const isOfPeople = 'roles' in to;
    const nobody = isOfPeople
      ? to.roles.filter((role) => !people.some(({ roles }) => roles.includes(role)))
      : [];
    return [
      ...(channels.some(({ key }) => key === channel)
        ? []
        : [{ path: [...path, 'channel'], expected: 'a channel of this policy', got: channel }]),
      ...(isStricter(ceiling, STRICTEST[kind])
        ? [
            {
              path: [...path, 'ceiling'],
              expected: `${STRICTEST[kind]} or freer, which is what reaches ${kind}`,
              got: ceiling,
            },
          ]
        : []),
      ...(isOfPeople === (kind === 'own-people')
        ? []
        : [{ path: [...path, 'to'], expected: 'roles for own-people, and for nobody else', got: kind }]),
      ...nobody.map((role) => ({
        path: [...path, 'to', 'roles'],
        expected: 'roles that somebody holds',
        got: role,
      })),
    ];
  });
}

function mistakesOfCells({ notices, audiences, noticeTemplates }: PolicyFile): readonly Mistake[] {
  return notices.flatMap(({ audience, trigger, template }, n): readonly Mistake[] => {
    const path = ['notices', n];
    const first = notices.findIndex((one) => one.audience === audience && one.trigger === trigger);
    return [
      ...(audiences.some(({ key }) => key === audience)
        ? []
        : [{ path: [...path, 'audience'], expected: 'an audience of this policy', got: audience }]),
      ...(Object.hasOwn(noticeTemplates, template)
        ? []
        : [{ path: [...path, 'template'], expected: 'one of noticeTemplates', got: template }]),
      ...(first === n
        ? []
        : [{ path, expected: 'each audience and trigger once', got: `${audience}, ${trigger}` }]),
    ];
  });
}

function mistakesOfTemplates({ noticeTemplates }: PolicyFile): readonly Mistake[] {
  return Object.entries(noticeTemplates).flatMap(([key, template]) =>
    unknownNames(template).map((name) => ({
      path: ['noticeTemplates', key],
      expected: 'only names that are filled in: {incident}, {criticality}, {summary}, {csirt} …',
      got: `{${name}}`,
    })),
  );
}
