import type { NoteKind } from '../../src/domain/vocabulary.ts';

/**
 * The public case CVE-2021-44228 as a federation may have lived through it. Dates of Apache, Cloudflare and Alibaba Cloud
 * are those that they have published; where a day is public and its hour is not, midnight stands. The federation and
 * what it did are made up.
 */

export const REPORT = {
  kind: 'vulnerability',
  summary:
    'Log4Shell (CVE-2021-44228): remote code execution in Log4j, which our identity provider logs with',
  description:
    'Since last night we see requests with ${jndi:ldap://…} as their user agent. Our identity provider is written in ' +
    'Java, and so is much of what the federation runs. Are its own systems affected, and what shall we do?',
  reporter: {
    name: 'Anna Berg',
    email: 'anna.berg@north.example.edu',
    organization: 'North University, Security Office',
  },
  occurredAt: '2021-12-09T22:41:00.000Z',
  affected: ['idp.north.example.edu'],
  tlp: 'AMBER',
} as const;

export const REPLY =
  'Dear Anna Berg,\n\nthank you. Yes: three systems of the federation log with Log4j, and we are upgrading them. Please ' +
  'upgrade your identity provider to 2.15.0 now, and look for outgoing LDAP connections since 1 December.\n\nresponder1';

export const QUESTION =
  'Has any of the requests led to an outgoing LDAP connection from your identity provider?';
export const ANSWER = 'None in our flow records since 1 December.';
export const CONSULTATION = {
  asked: 'sme1',
  question: 'Which of our systems carry log4j-core, and in which version?',
};
export const CONSULTATION_ANSWER =
  'Discovery service 2.13.3, metadata aggregator 2.14.1, log collector 2.11.2; nothing else on the class paths.';
export const CALL_IN = { to: 'owner1', note: 'The discovery service has to be upgraded tonight.' };

export interface Note {
  readonly by: string;
  readonly at: string;
  readonly kind: NoteKind;
  readonly text: string;
  readonly method?: string;
  readonly tlp?: string;
}

const told = (note: Omit<Note, 'tlp'>): Note => ({ ...note, tlp: 'CLEAR' });

/** What had become known until the fix was out. */
export const UNTIL_THE_FIRST_FIX: readonly Note[] = [
  told({
    by: 'lead1',
    at: '2021-11-24T00:00:00.000Z',
    kind: 'embargo',
    text: 'first embargoed disclosure: Chen Zhaojun of the Alibaba Cloud Security Team reports the vulnerability to the Apache Software Foundation',
    method: 'mail',
  }),
  told({
    by: 'responder2',
    at: '2021-12-01T04:36:50.000Z',
    kind: 'finding',
    text: 'earliest exploitation found so far, according to Cloudflare',
    method: 'public statement',
  }),
  told({
    by: 'responder2',
    at: '2021-12-09T00:00:00.000Z',
    kind: 'disclosed',
    text: 'first public disclosure, with a proof of concept and before any fixed release',
    method: 'Twitter and GitHub',
  }),
  told({
    by: 'responder2',
    at: '2021-12-10T00:00:00.000Z',
    kind: 'release',
    text: 'Log4j 2.15.0 released; CVE-2021-44228 published with CVSS 10.0',
    method: 'Apache announcement',
  }),
  {
    by: 'comms1',
    at: '2021-12-10T08:15:00.000Z',
    kind: 'vendor-contact',
    text: 'vendor of the discovery service asked whether its product is exposed',
    method: 'vendor portal',
    tlp: 'AMBER',
  },
  {
    by: 'sme1',
    at: '2021-12-10T11:20:00.000Z',
    kind: 'finding',
    text: 'list of vulnerable systems identified: discovery service, metadata aggregator, log collector',
    tlp: 'AMBER',
  },
];

/** A line that had to be put right later on. */
export const WORKAROUND: Note = {
  by: 'sme1',
  at: '2021-12-10T13:40:00.000Z',
  kind: 'finding',
  text: 'workaround identified: start with log4j2.formatMsgNoLookups=true',
  tlp: 'GREEN',
};

export const WORKAROUND_CORRECTED: Note = {
  by: 'sme1',
  at: '2021-12-14T17:25:00.000Z',
  kind: 'finding',
  text: 'workaround log4j2.formatMsgNoLookups=true does not suffice; JndiLookup.class has to be removed from the jar',
  method: 'Apache security page',
  tlp: 'GREEN',
};

export const FIRST_FIX_ROLLED_OUT: readonly Note[] = [
  {
    by: 'owner1',
    at: '2021-12-10T21:05:00.000Z',
    kind: 'component-resolved',
    text: 'discovery service upgraded to 2.15.0',
    tlp: 'AMBER',
  },
  {
    by: 'responder1',
    at: '2021-12-11T07:50:00.000Z',
    kind: 'component-resolved',
    text: 'metadata aggregator and log collector upgraded to 2.15.0',
    tlp: 'AMBER',
  },
];

/** Why it had to be done a second time. */
export const UNTIL_THE_SECOND_FIX: readonly Note[] = [
  told({
    by: 'responder2',
    at: '2021-12-13T00:00:00.000Z',
    kind: 'release',
    text: 'Log4j 2.16.0 released: JNDI is off by default, message lookups are gone',
    method: 'Apache announcement',
  }),
  told({
    by: 'responder2',
    at: '2021-12-14T00:00:00.000Z',
    kind: 'disclosed',
    text: 'CVE-2021-45046 published: the fix in 2.15.0 is incomplete in certain non-default configurations',
    method: 'Apache announcement',
  }),
  {
    by: 'lead1',
    at: '2021-12-14T16:10:00.000Z',
    kind: 'escalated',
    text: 'sponsor1@ told that the systems on 2.15.0 are still open to attack',
    method: 'phone',
    tlp: 'AMBER',
  },
];

export const UNTIL_THE_LAST_FIX: readonly Note[] = [
  told({
    by: 'responder2',
    at: '2021-12-17T00:00:00.000Z',
    kind: 'finding',
    text: 'Apache rates CVE-2021-45046 at CVSS 9.0 instead of 3.7: it allows code execution, too',
    method: 'Apache security page',
  }),
  told({
    by: 'responder2',
    at: '2021-12-18T00:00:00.000Z',
    kind: 'release',
    text: 'Log4j 2.17.0 released: CVE-2021-45105, denial of service by endless recursion',
    method: 'Apache announcement',
  }),
  {
    by: 'owner1',
    at: '2021-12-18T20:10:00.000Z',
    kind: 'component-resolved',
    text: 'discovery service upgraded to 2.17.0',
    tlp: 'AMBER',
  },
  {
    by: 'responder1',
    at: '2021-12-19T09:30:00.000Z',
    kind: 'component-resolved',
    text: 'metadata aggregator and log collector upgraded to 2.17.0',
    tlp: 'AMBER',
  },
  {
    by: 'lead1',
    at: '2021-12-20T15:00:00.000Z',
    kind: 'resolved',
    text: 'all vulnerable systems upgraded and scanned; follow-ups: inventory of bundled libraries, block of outgoing LDAP',
    tlp: 'AMBER',
  },
  {
    by: 'lead1',
    at: '2021-12-20T15:05:00.000Z',
    kind: 'review-scheduled',
    text: 'post-mortem scheduled for 2022-01-12T15:00:00Z',
    tlp: 'AMBER',
  },
];

export const ASSESSMENT = {
  isIncident: true,
  nature: 'vulnerability-disclosure',
  dependsOnChangeManagement: true,
  scopeCriteria: ['operations-or-providers', 'participant-systems-or-keys'],
  criticality: 'escalation',
  criteria: ['production-systems', 'change-control-needed'],
  tlp: 'AMBER',
  summary:
    'CVE-2021-44228 (Log4Shell): whoever gets a string logged by Log4j runs code on three of our systems',
  severityFactors: {
    vulnerabilityType: 'remote-code-execution',
    exploitability: 'network',
    disclosure: 'public',
    exposure: 'internet',
    exploitation: 'active',
    publicity: 'industry-wide',
    dataAtRisk: 'trust-material',
  },
} as const;

const CONFERENCE = ['lead1', 'responder1', 'responder2', 'sponsor1', 'comms1', 'renisac1'];

export const CONFERENCE_CONFIRMS = {
  ...ASSESSMENT,
  reason: 'Nothing points to exploitation of our systems, and none of them has to stop to be upgraded.',
  conference: { channel: 'csirt-conference', heldAt: '2021-12-10T12:30:00.000Z', present: CONFERENCE },
} as const;

export const RAISED = {
  ...ASSESSMENT,
  criticality: 'emergency',
  criteria: ['critical-trust-controls', 'ability-to-provide-services'],
  summary:
    'CVE-2021-44228 and CVE-2021-45046 (Log4Shell): our upgrade to 2.15.0 did not close the hole, and metadata signing has to pause',
  reason: 'The fix that we rolled out is incomplete, and the metadata aggregator signs what others trust.',
  conference: {
    channel: 'csirt-conference',
    heldAt: '2021-12-14T17:00:00.000Z',
    present: [...CONFERENCE, 'sme1'],
  },
  again: ['initial-remediation', 'agree-plan', 'engage-actors', 'act-on-plan'],
} as const;

export interface Said {
  readonly by: string;
  readonly key: string;
  readonly outcome: object;
  readonly part?: string;
}

export const ROWS_2_TO_7: readonly Said[] = [
  {
    by: 'lead1',
    key: 'engage-legal',
    outcome: { contactedAt: '2021-12-10T08:05:00.000Z', method: 'phone', counsel: 'legal1' },
  },
  {
    by: 'lead1',
    key: 'protected-information',
    outcome: {
      identity: 'no',
      health: 'no',
      basis: 'the three systems hold public metadata and logs of machines',
    },
  },
  {
    by: 'legal1',
    key: 'insurance-notice',
    outcome: {
      notify: true,
      reason: 'the carrier wants to hear of whatever is actively exploited',
      carrierNotifiedAt: '2021-12-10T15:45:00.000Z',
    },
  },
  {
    by: 'lead1',
    key: 'contact-executive',
    outcome: { contactedAt: '2021-12-10T08:10:00.000Z', method: 'phone' },
  },
  {
    by: 'lead1',
    key: 'convene-csirt',
    outcome: { channel: 'csirt-conference', convenedAt: '2021-12-10T08:30:00.000Z', present: CONFERENCE },
  },
  {
    by: 'lead1',
    key: 'deliver-assessment',
    outcome: { channel: 'csirt-secure-list', deliveredTo: CONFERENCE },
  },
];

const PLAN_OF_FIRST_PASS: readonly Said[] = [
  {
    by: 'lead1',
    key: 'initial-remediation',
    outcome: {
      steps: [
        { text: 'upgrade the discovery service to 2.15.0', owner: 'owner1' },
        { text: 'upgrade metadata aggregator and log collector to 2.15.0', owner: 'responder1' },
      ],
      channel: 'csirt-secure-list',
    },
  },
  {
    by: 'responder1',
    key: 'agree-plan',
    outcome: {
      heldAt: '2021-12-10T12:50:00.000Z',
      present: CONFERENCE,
      steps: [
        { text: 'discovery service first', owner: 'owner1', dueAt: '2021-12-10T22:00:00.000Z' },
        { text: 'then aggregator and collector', owner: 'responder1', dueAt: '2021-12-11T12:00:00.000Z' },
      ],
      notificationDuties: [
        { duty: 'advice to upgrade', to: 'participants', dueAt: '2021-12-10T18:00:00.000Z' },
      ],
      documentedBy: 'lead1',
    },
  },
  {
    by: 'renisac1',
    key: 'engage-actors',
    outcome: {
      actors: [
        { name: 'REN-ISAC', tlp: 'GREEN', contactedAt: '2021-12-10T14:20:00.000Z', method: 'encrypted-mail' },
      ],
    },
  },
  {
    by: 'responder1',
    key: 'act-on-plan',
    outcome: { result: 'all three systems run 2.15.0 since 2021-12-11T07:50:00Z' },
  },
];

export const FIRST_PASS: readonly Said[] = [
  {
    by: 'lead1',
    key: 'external-help',
    part: 'lead',
    outcome: { needed: true, reason: 'the log collector is an appliance that only its vendor can open' },
  },
  {
    by: 'sponsor1',
    key: 'external-help',
    part: 'executive',
    outcome: { engaged: 'on-site engineer of the vendor, over the weekend' },
  },
  ...PLAN_OF_FIRST_PASS.slice(0, 1),
  {
    by: 'sponsor1',
    key: 'involve-others',
    outcome: { involve: [{ name: 'ops1', reason: 'change windows on production' }] },
  },
  ...PLAN_OF_FIRST_PASS.slice(1),
];

export const SECOND_PASS: readonly Said[] = [
  {
    by: 'lead1',
    key: 'initial-remediation',
    outcome: {
      steps: [
        { text: 'pause metadata signing and remove JndiLookup.class', owner: 'owner1' },
        { text: 'upgrade all three systems to 2.16.0', owner: 'responder1' },
      ],
      channel: 'csirt-secure-list',
    },
  },
  {
    by: 'responder2',
    key: 'agree-plan',
    outcome: {
      heldAt: '2021-12-14T17:40:00.000Z',
      present: CONFERENCE,
      steps: [
        {
          text: '2.16.0 everywhere, then sign again',
          owner: 'responder1',
          dueAt: '2021-12-15T12:00:00.000Z',
        },
      ],
      notificationDuties: [
        { duty: 'advice to go on to 2.16.0', to: 'participants', dueAt: '2021-12-14T20:00:00.000Z' },
      ],
      documentedBy: 'lead1',
    },
  },
  {
    by: 'renisac1',
    key: 'engage-actors',
    outcome: {
      actors: [
        { name: 'REN-ISAC', tlp: 'GREEN', contactedAt: '2021-12-14T18:15:00.000Z', method: 'encrypted-mail' },
      ],
    },
  },
  {
    by: 'responder1',
    key: 'act-on-plan',
    outcome: { result: '2.16.0 since 2021-12-15T10:20:00Z, and 2.17.0 since 2021-12-19T09:30:00Z' },
  },
];

export const ROWS_15_TO_17: readonly Said[] = [
  {
    by: 'responder1',
    key: 'post-action-report',
    outcome: {
      evaluation: 'no sign of exploitation in flow records and logs since 2021-12-01',
      reportedTo: 'sponsor1',
      reportedAt: '2021-12-20T15:30:00.000Z',
    },
  },
  {
    by: 'lead1',
    key: 'further-measures',
    part: 'csirt',
    outcome: {
      heldAt: '2021-12-21T15:00:00.000Z',
      present: CONFERENCE,
      proposal: 'an inventory of bundled libraries, and no outgoing LDAP from production',
    },
  },
  {
    by: 'sponsor1',
    key: 'further-measures',
    part: 'executive',
    outcome: {
      determination: 'both are done in the first quarter',
      measures: ['inventory of bundled libraries'],
      nextSteps: ['block outgoing LDAP from production'],
      reportingDuties: [
        { law: 'contract of the log service', to: 'its provider', dueAt: '2021-12-31T00:00:00.000Z' },
      ],
      documentedBy: 'lead1',
    },
  },
  {
    by: 'comms1',
    key: 'act-on-next-steps',
    part: 'csirt',
    outcome: {
      result: 'outgoing LDAP blocked; participants told that the case is over',
      dutiesMet: [{ law: 'contract of the log service', at: '2021-12-22T10:00:00.000Z' }],
    },
  },
  {
    by: 'sponsor1',
    key: 'act-on-next-steps',
    part: 'executive',
    outcome: { result: 'budget for the inventory approved' },
  },
];

export const REVIEW: Said = {
  by: 'lead1',
  key: 'after-action-review',
  outcome: {
    heldAt: '2022-01-12T15:00:00.000Z',
    present: [...CONFERENCE, 'sme1', 'owner1'],
    rootCause: 'nobody knew which libraries are bundled in what we run',
    remediation: ['inventory of bundled libraries', 'outgoing LDAP blocked'],
    followUps: [
      { title: 'inventory of bundled libraries', owner: 'owner1', dueAt: '2022-03-31T00:00:00.000Z' },
    ],
    documentedBy: 'lead1',
  },
};

export const DETERMINATION =
  'All systems of ours run 2.17.0, nothing points to exploitation, and the review has been held.';
