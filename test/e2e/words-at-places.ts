import type { Mail } from '../../dev/mail-store.ts';
import { TLP_LABELS, type Tlp } from '../../src/domain/tlp.ts';
import { COMMUNITY, type Field, PARTY, reporterOf, writerOf } from './planted-words.ts';

/** What is found at a place, and nothing besides: by label, the fields. */
type Words = Readonly<Partial<Record<Tlp, readonly Field[]>>>;

const NOTHING: Words = {};
const each = (fields: readonly Field[], labels: readonly Tlp[] = TLP_LABELS): Words =>
  Object.fromEntries(labels.map((label) => [label, fields]));

/** What leaves in the clear: neither RED nor AMBER+STRICT. Source: IC-30. */
const NOTICE_TO = {
  people: each(['notice'], ['AMBER', 'GREEN', 'CLEAR']),
  community: each(['notice'], ['GREEN', 'CLEAR']),
};

/**
 * Which words are at which place. Both are checked: that nothing else is there, and that what may be there has come, since a
 * place where nothing arrives would be clean whatever the gate did.
 */
export const WORDS_AT: Readonly<Record<string, Words>> = {
  ...Object.fromEntries(
    TLP_LABELS.map((label) => {
      const isInTheClear = label !== 'RED' && label !== 'AMBER+STRICT';
      return [
        `mail to the reporter of ${label}`,
        isInTheClear ? each(['reply', 'question'], [label]) : NOTHING,
      ];
    }),
  ),
  'mail to the reporter of RED, opened by them': each(['reply', 'question'], ['RED']),
  'mail to who wrote a mail': NOTHING,
  'mail to the CSIRT': NOTICE_TO.people,
  'mail to the lead, opened by them': each(['notice'], ['AMBER+STRICT', 'AMBER', 'GREEN', 'CLEAR']),
  'mail to the list of the organization': each(['notice', 'assessment'], ['GREEN', 'CLEAR']),
  'mail to a participant of the community': NOTICE_TO.community,
  'mail to a participant who must act': NOTICE_TO.people,
  'mail to the public list': each(['notice'], ['CLEAR']),
  'mail to our people who are none of the CSIRT': NOTHING,
  pages: NOTHING,
  'text messages': NOTHING,
  'URLs of people': NOTHING,
  chat: NOTHING,
  'links of pages': NOTHING,
  exports: NOTHING,
  'health and figures': NOTHING,
  logs: NOTHING,
  histories: NOTHING,
  'descriptions of workflows': NOTHING,
  'store of Temporal': NOTHING,
  'refusals of the API': NOTHING,
  // The status page is the reporter's own; AMBER+STRICT is asked of no reporter.
  ...Object.fromEntries(
    TLP_LABELS.map((label) => [
      `status page of ${label}`,
      each(label === 'AMBER+STRICT' ? ['answer'] : ['question', 'answer'], [label]),
    ]),
  ),
  'API, read by the asked': each(['consultation']),
  'API, read by Operations': each(['suspension']),
  'API, read by the paged': each(['page-note']),
  'API, read by the General Counsel': NOTHING,
  'API, read by an administrator': NOTHING,
  'API, read by nobody': NOTHING,
};

/** Who reads an excerpt or nothing at all, and the place that it is. */
export const READERS: readonly (readonly [string | null, string])[] = [
  ['sme1', 'API, read by the asked'],
  ['ops1', 'API, read by Operations'],
  ['owner1', 'API, read by the paged'],
  ['counsel1', 'API, read by the General Counsel'],
  ['admin1', 'API, read by an administrator'],
  [null, 'API, read by nobody'],
];

/** `RED reply`, as the markers are named. */
export function wordsAt(place: string): readonly string[] {
  return Object.entries(WORDS_AT[place] ?? {}).flatMap(([label, fields]) =>
    fields.map((field) => `${label} ${field}`),
  );
}

const CSIRT = ['responder1', 'responder2', 'lead1', 'sponsor1', 'comms1', 'renisac1'];

/** The place of the table that a mail to somebody belongs to. */
export function placeOf(recipient: string, { subject }: Mail): string {
  const label = TLP_LABELS.find((one) => recipient === reporterOf(one));
  if (label !== undefined) return `mail to the reporter of ${label}`;
  if (TLP_LABELS.some((one) => recipient === writerOf(one))) return 'mail to who wrote a mail';
  if (/PAGE|^Taken: /.test(subject)) return 'pages';
  const [name = '', domain] = recipient.split('@');
  if (domain === 'stand.example') {
    if (CSIRT.includes(name)) return 'mail to the CSIRT';
    if (name === 'security-open') return 'mail to the list of the organization';
    if (name === 'advisories') return 'mail to the public list';
    if (/^[a-z]+\d$/.test(name)) return 'mail to our people who are none of the CSIRT';
  }
  if (recipient === COMMUNITY) return 'mail to a participant of the community';
  return recipient === PARTY ? 'mail to a participant who must act' : 'mail to somebody unknown';
}
