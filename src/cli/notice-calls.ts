import type { Call, CallOption } from './call.ts';
import { INCIDENT, NUMBER, REASON, step, TLP } from './incident-calls.ts';

const WORDS: readonly CallOption[] = [
  { flags: '--subject <text>', help: 'one line', field: 'subject' },
  { flags: '--text <text>', help: 'what is told', field: 'text' },
  { ...TLP, help: 'of the text; that of the incident, or the one before, when not given' },
];

const TO: CallOption = {
  flags: '--to <id...>',
  help: 'only these participants',
  field: 'to',
  kind: 'list',
};

/** What is told to audiences. Source: IC-31, IC-32, NM-34. */
export const NOTICE_CALLS: readonly Call[] = [
  {
    verb: 'notices',
    summary: 'the notices of an incident: drafts, and what became of them',
    method: 'GET',
    path: '/v1/incidents/{incident}/notices',
    arguments: [INCIDENT],
    show: 'notices',
  },
  {
    verb: 'notice',
    summary: 'one notice, and who has it',
    method: 'GET',
    path: '/v1/incidents/{incident}/notices/{number}',
    arguments: [INCIDENT, NUMBER],
    show: 'notice',
  },
  {
    verb: 'communication-plan',
    summary: 'who is told what, when, over what and how',
    method: 'GET',
    path: '/v1/incidents/{incident}/communication-plan',
    arguments: [INCIDENT],
    show: 'fields',
    documents: [{ option: 'markdown', accept: 'text/markdown' }],
  },
  step('notice draft', 'notices', 'draft a notice', {
    arguments: [{ name: 'audience', help: 'key of an audience of the policy', field: 'audience' }],
    options: [
      {
        flags: '--trigger <key>',
        help: 'why; without --text the policy’s words for it are taken',
        field: 'trigger',
      },
      ...WORDS,
      TO,
    ],
  }),
  step('notice edit', 'notices/{number}/edit', 'edit a draft', {
    arguments: [NUMBER],
    options: [...WORDS, TO],
  }),
  step('notice release', 'notices/{number}/release', 'release a notice, as the Executive Sponsor', {
    arguments: [NUMBER],
    options: [
      {
        flags: '--revision <number>',
        help: 'the one that you have read',
        field: 'revision',
        kind: 'number',
      },
      {
        flags: '--at <instant>',
        help: 'not before then; at once when not given',
        field: 'at',
        kind: 'instant',
      },
      { flags: '--every <duration>', help: 'again and again, P1D', field: 'every' },
      { flags: '--consulted <username...>', help: 'the lead among them', field: 'consulted', kind: 'list' },
      { ...REASON, help: 'why the lead was not consulted' },
    ],
  }),
  step('notice stop', 'notices/{number}/stop', 'let it go no further', {
    arguments: [NUMBER],
    options: [REASON],
  }),
  step('notice discard', 'notices/{number}/discard', 'discard a draft', {
    arguments: [NUMBER],
    options: [REASON],
  }),
  step('notice correct', 'notices/{number}/correct', 'draft a correction for those who got it', {
    arguments: [NUMBER],
    options: WORDS,
  }),
  step('notice withdraw', 'notices/{number}/withdraw', 'withdraw it', {
    arguments: [NUMBER],
    options: [REASON, { flags: '--text <text>', help: 'what those who have it are told', field: 'text' }],
  }),
  step('notice label', 'notices/{number}/label', 'raise its label; what goes out stops', {
    arguments: [NUMBER],
    options: [TLP, REASON],
  }),
  {
    verb: 'participants',
    summary: 'who takes part in the federation, and whom notices to them go to',
    method: 'GET',
    path: '/v1/participants',
    show: 'fields',
  },
];
