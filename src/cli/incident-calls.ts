import type { Call, CallArgument, CallOption } from './call.ts';

export const INCIDENT: CallArgument = { name: 'incident', help: 'its identifier, INC-2026-0001' };
const ROW: CallArgument = { name: 'row', help: 'key of the row of the actions matrix, agree-plan' };
export const NUMBER: CallArgument = { name: 'number', help: 'its number on the incident, 1' };

export const REASON: CallOption = { flags: '--reason <text>', help: 'why', field: 'reason' };
const PART: CallOption = { flags: '--part <part>', help: 'where a row has two', field: 'part' };
const NOTE: CallOption = { flags: '--note <text>', help: 'a note', field: 'note' };
export const TLP: CallOption = {
  flags: '--tlp <label>',
  help: 'RED, AMBER+STRICT, AMBER, GREEN or CLEAR',
  field: 'tlp',
};
const AGAIN: CallOption = {
  flags: '--again <row...>',
  help: 'rows to be done a second time',
  field: 'again',
  kind: 'list',
};
const OUTCOME: readonly CallOption[] = [
  {
    flags: '--outcome <json>',
    help: 'what was recorded, as one JSON object',
    field: 'outcome',
    kind: 'json',
  },
  {
    flags: '--set <field=value...>',
    help: 'the same field by field: method=phone',
    field: 'outcome',
    kind: 'pairs',
  },
];

const ASSESSMENT: readonly CallOption[] = [
  { flags: '--incident <yes|no>', help: 'is it an incident?', field: 'isIncident', kind: 'yes-no' },
  {
    flags: '--nature <key>',
    help: 'neglect, compromising-use, harmful-use, vulnerability-disclosure',
    field: 'nature',
  },
  {
    flags: '--change-management <yes|no>',
    help: 'does its mitigation depend on changes under change management?',
    field: 'dependsOnChangeManagement',
    kind: 'yes-no',
  },
  {
    flags: '--scope <key...>',
    help: 'criteria of scope that it meets',
    field: 'scopeCriteria',
    kind: 'list',
  },
  { flags: '--criticality <key>', help: 'normal, escalation or emergency', field: 'criticality' },
  {
    flags: '--criterion <key...>',
    help: 'criteria of that criticality that it meets',
    field: 'criteria',
    kind: 'list',
  },
  {
    flags: '--factor <name=value...>',
    help: 'severity factors: exposure=internet',
    field: 'severityFactors',
    kind: 'pairs',
  },
  TLP,
  { flags: '--summary <text>', help: 'terse', field: 'summary' },
];

/** A step under an incident: its answer is the incident as it stands afterwards. */
export function step(
  verb: string,
  path: string,
  summary: string,
  more:
    Pick<Call, 'arguments' | 'options' | 'alias' | 'show'> | Omit<Partial<Call>, 'verb' | 'path' | 'summary'>,
): Call {
  return {
    verb,
    summary,
    method: 'POST',
    path: `/v1/incidents/{incident}/${path}`,
    show: 'step',
    ...more,
    arguments: [INCIDENT, ...(more.arguments ?? [])],
  };
}

/** Everything that is done to an incident, in the order of its life. */
export const INCIDENT_CALLS: readonly Call[] = [
  step('lead', 'lead', 'name the lead, or hand over', {
    arguments: [{ name: 'username', help: 'who leads from now on', field: 'username' }],
    options: [{ ...REASON, help: 'required for a hand-over' }],
  }),
  step('kind', 'kind', 'say what the report really is', {
    arguments: [
      {
        name: 'kind',
        help: 'incident, vulnerability, suspension-request, law-enforcement, inquiry',
        field: 'kind',
      },
    ],
    options: [REASON],
  }),
  step('label', 'label', 'give the incident, or a line of its timeline, another TLP label', {
    arguments: [
      { name: 'label', help: 'RED, AMBER+STRICT, AMBER, GREEN or CLEAR; see labels', field: 'tlp' },
    ],
    options: [
      REASON,
      { flags: '--seq <number>', help: 'a line of the timeline', field: 'seq', kind: 'number' },
    ],
  }),
  step('reply', 'reply', 'answer the reporters who are owed a reply', {
    options: [
      { flags: '--text <text>', help: 'what is sent, or was said', field: 'text' },
      { flags: '--method <method>', help: 'mail (default) or phone', field: 'method' },
      { flags: '--at <instant>', help: 'when the call was made', field: 'at', kind: 'instant' },
      { ...TLP, help: 'of the text; AMBER when not given' },
      { flags: '--report <id...>', help: 'only these reports', field: 'reportIds', kind: 'list' },
      {
        flags: '--despite-bounce',
        help: 'by mail, although the last one came back',
        field: 'despiteBounce',
        kind: 'flag',
      },
      {
        flags: '--unnecessary',
        help: 'no reply is needed; with --reason',
        field: 'unnecessary',
        kind: 'flag',
      },
      REASON,
      {
        flags: '--unreachable',
        help: 'nobody can be reached; with --attempt',
        field: 'unreachable',
        kind: 'flag',
      },
      {
        flags: '--attempt <method=instant...>',
        help: 'what was tried: phone=2026-11-25T03:10:00Z',
        field: 'attempts',
        kind: 'attempts',
      },
    ],
  }),
  step('question', 'question', 'ask the reporters something, without stopping a clock', {
    options: [{ flags: '--text <text>', help: 'the question', field: 'text' }, TLP],
  }),
  step('assess', 'assessment', 'the initial assessment (row 1): scope, nature, criticality', {
    options: ASSESSMENT,
  }),
  step('reassess', 'reassessment', 'assess again; with a conference it is row 8', {
    options: [
      ...ASSESSMENT,
      REASON,
      { flags: '--conference <channel>', help: 'where the conference was', field: 'conference.channel' },
      { flags: '--held-at <instant>', help: 'when it was', field: 'conference.heldAt', kind: 'instant' },
      { flags: '--present <username...>', help: 'who was there', field: 'conference.present', kind: 'list' },
      AGAIN,
    ],
  }),
  step('act', 'actions/{row}/complete', 'say that a row of the actions matrix is done', {
    alias: 'complete',
    arguments: [ROW],
    options: [PART, ...OUTCOME, NOTE],
  }),
  step('correct', 'actions/{row}/correct', 'replace the outcome of a row', {
    arguments: [ROW],
    options: [PART, ...OUTCOME, REASON],
  }),
  step('waive', 'actions/{row}/waive', 'waive a row', { arguments: [ROW], options: [PART, REASON] }),
  step('designate', 'actions/{row}/designate', 'let somebody complete a row for the lead', {
    arguments: [ROW, { name: 'username', help: 'the designee', field: 'username' }],
  }),
  step('verify-request', 'request-verification', 'say how the verification of a suspension request ended', {
    alias: 'request-verification',
    arguments: [{ name: 'result', help: 'confirmed or refuted', field: 'result' }],
    options: [
      { flags: '--contact <key>', help: 'whom you reached: a contact of the directory', field: 'contact' },
      { flags: '--channel <key>', help: 'over which trusted channel', field: 'channel' },
      NOTE,
    ],
  }),
  step('suspend', 'suspensions', 'decide a suspension', {
    options: [
      { flags: '--participant <key>', help: 'whose services', field: 'participant' },
      {
        flags: '--action <key>',
        help: 'revoke-credentials, remove-metadata, change-metadata',
        field: 'action',
      },
      { flags: '--basis <key>', help: 'verified-request or unacceptable-risk', field: 'basis' },
      REASON,
      {
        flags: '--impact <text>',
        help: 'why it is proportionate; for an unacceptable risk',
        field: 'impact',
      },
    ],
  }),
  step('suspend done', 'suspensions/{number}/done', 'say that a suspension is carried out', {
    arguments: [NUMBER],
    options: [NOTE],
  }),
  step('suspend lift', 'suspensions/{number}/lift', 'decide that a suspension is lifted', {
    arguments: [NUMBER],
    options: [NOTE],
  }),
  step('suspend lifted', 'suspensions/{number}/lifted', 'say that a suspension is lifted', {
    arguments: [NUMBER],
    options: [NOTE],
  }),
  step('contact', 'contact-attempts', 'log an attempt to reach a party', {
    options: [
      { flags: '--party <name>', help: 'whom', field: 'party' },
      { flags: '--method <method>', help: 'how', field: 'method' },
      { flags: '--at <instant>', help: 'when', field: 'at', kind: 'instant' },
      { flags: '--result <text>', help: 'what came of it', field: 'result' },
    ],
  }),
  step('consult', 'consultations', 'ask somebody of ours a question', {
    arguments: [{ name: 'username', help: 'who is asked', field: 'asked' }],
    options: [{ flags: '--question <text>', help: 'the question', field: 'question' }],
  }),
  step('answer', 'consultations/{number}/answer', 'answer a question that you were asked', {
    arguments: [NUMBER],
    options: [{ flags: '--answer <text>', help: 'the answer', field: 'answer' }],
  }),
  step('team', 'team', 'appoint somebody to the handling team, or remove them', {
    arguments: [
      { name: 'username', help: 'who joins', isOptional: true, field: 'username' },
      { name: 'role', help: 'as what: communications, sme, action-team …', isOptional: true, field: 'role' },
    ],
    options: [{ flags: '--remove <username>', help: 'who leaves; with --reason', field: 'remove' }, REASON],
  }),
  step('page', 'pages', 'call somebody in; the page climbs until it is acknowledged', {
    arguments: [{ name: 'to', help: 'a username or a role', field: 'to' }],
    options: [{ ...NOTE, help: 'recorded, not sent' }],
  }),
  step('hand-off', 'hand-off', 'hand the incident to the right party', {
    options: [
      {
        flags: '--basis <key>',
        help: 'out-of-scope, not-an-incident, normal, demoted, law-enforcement',
        field: 'basis',
      },
      { flags: '--to <party>', help: 'to whom', field: 'to' },
      REASON,
    ],
  }),
  step('dismiss', 'dismiss', 'say that it is no valid submission', { options: [REASON] }),
  step('merge', 'merge', 'merge it into another incident', {
    arguments: [{ name: 'into', help: 'the incident that goes on', field: 'into' }],
    options: [REASON],
  }),
  step('reopen', 'reopen', 'open an ended incident again', { options: [REASON, AGAIN] }),
  step('close', 'close', 'close it, as the Executive Sponsor', {
    options: [
      {
        flags: '--determination <text>',
        help: 'handled appropriately, and no longer a threat',
        field: 'determination',
      },
    ],
  }),
  step('note', 'timeline', 'write a line into the timeline', {
    arguments: [{ name: 'text', help: 'the line', field: 'text' }],
    options: [
      { flags: '--at <instant>', help: 'when it happened; now when not given', field: 'at', kind: 'instant' },
      { flags: '--method <method>', help: 'how it was done or learnt', field: 'method' },
      {
        flags: '--kind <kind>',
        help: 'note (default), finding, vendor-contact, notified, release …',
        field: 'kind',
      },
      TLP,
      {
        flags: '--corrects <number>',
        help: 'the line that it puts right',
        field: 'corrects',
        kind: 'number',
      },
    ],
  }),
  step('channel', 'channel', 'open a chat channel by hand', {}),
  step('upload-open', 'uploads', 'open a secure upload: a link that takes one file', {
    options: [
      { flags: '--report <id>', help: 'the report that it is for', field: 'reportId' },
      { flags: '--expires <duration>', help: 'PT1H to P30D; P7D when not given', field: 'expiresIn' },
    ],
    show: 'fields',
  }),
];
