import type { Call, CallOption } from './call.ts';

const PAGING: readonly CallOption[] = [
  { flags: '--limit <number>', help: 'at most so many (200)', field: 'limit', kind: 'number' },
  { flags: '--cursor <cursor>', help: 'where the list before ended', field: 'cursor' },
];

const REPORT: readonly CallOption[] = [
  { flags: '--summary <text>', help: 'in one line', field: 'summary' },
  { flags: '--description <text>', help: 'what was seen', field: 'description' },
  {
    flags: '--kind <kind>',
    help: 'incident (default), vulnerability, suspension-request, law-enforcement, inquiry',
    field: 'kind',
  },
  { flags: '--name <name>', help: 'of the reporter', field: 'reporter.name' },
  { flags: '--email <address>', help: 'of the reporter', field: 'reporter.email' },
  { flags: '--phone <number>', help: 'of the reporter', field: 'reporter.phone' },
  { flags: '--organization <name>', help: 'of the reporter', field: 'reporter.organization' },
  { flags: '--occurred-at <instant>', help: 'when it happened', field: 'occurredAt', kind: 'instant' },
  { flags: '--affected <text...>', help: 'what is affected', field: 'affected', kind: 'list' },
  { flags: '--tlp <label>', help: 'RED, AMBER+STRICT, AMBER, GREEN or CLEAR', field: 'tlp' },
];

const REPORT_TOKEN: CallOption = {
  flags: '--report-token <token>',
  help: 'that came with the report’s receipt',
  field: 'token',
  in: 'query',
};

const REPORT_ID = { name: 'report', help: 'its id' };
const PAGE_ID = { name: 'page', help: 'its id' };
const TIME_SHOWN: readonly CallOption[] = [
  { flags: '--from <instant>', help: 'of the time shown (now)', field: 'from', kind: 'instant' },
  { flags: '--until <instant>', help: 'of the time shown (14 days)', field: 'until', kind: 'instant' },
];
const ROTA_KEY = { name: 'rota', help: 'its key' };

/** Reporting: nobody has to be signed in, but for a call that a responder types in. */
export const REPORT_CALLS: readonly Call[] = [
  {
    verb: 'report',
    summary: 'report something; nothing sensitive here, please',
    method: 'POST',
    path: '/v1/reports',
    options: REPORT,
    show: 'receipt',
  },
  {
    verb: 'phone',
    summary: 'enter a report that somebody phoned in',
    method: 'POST',
    path: '/v1/reports/phone',
    options: [
      ...REPORT,
      { flags: '--received-at <instant>', help: 'when the call came', field: 'receivedAt', kind: 'instant' },
    ],
    show: 'receipt',
  },
  {
    verb: 'report-status',
    summary: 'what became of a report of yours',
    method: 'GET',
    path: '/v1/reports/{report}',
    arguments: [REPORT_ID],
    options: [REPORT_TOKEN],
    show: 'fields',
  },
  {
    verb: 'report-answer',
    summary: 'answer a question about a report of yours',
    method: 'POST',
    path: '/v1/reports/{report}/answer',
    arguments: [REPORT_ID],
    options: [REPORT_TOKEN, { flags: '--text <text>', help: 'the answer', field: 'text' }],
    show: 'fields',
  },
];

export const READING_CALLS: readonly Call[] = [
  {
    verb: 'duties',
    summary: 'what waits for you',
    method: 'GET',
    path: '/v1/duties',
    options: [
      { flags: '--since <instant>', help: 'and what changed since then', field: 'since', kind: 'instant' },
    ],
    show: 'duties',
  },
  {
    verb: 'list',
    summary: 'incidents',
    method: 'GET',
    path: '/v1/incidents',
    options: [
      { flags: '--stage <stage>', help: 'received, triage, response, review, closed …', field: 'stage' },
      { flags: '--criticality <key>', help: 'normal, escalation or emergency', field: 'criticality' },
      { flags: '--tlp <label>', help: 'its label', field: 'tlp' },
      { flags: '--lead <username>', help: 'who leads', field: 'lead' },
      { flags: '--overdue', help: 'only with a clock that has run out', field: 'overdue', kind: 'flag' },
      { flags: '--mine', help: 'only those that you lead or work on', field: 'mine', kind: 'flag' },
      { flags: '--q <words>', help: 'words to look for', field: 'q' },
      ...PAGING,
    ],
    show: 'incidents',
  },
  {
    verb: 'show',
    summary: 'one incident',
    method: 'GET',
    path: '/v1/incidents/{incident}',
    arguments: [{ name: 'incident', help: 'its identifier, INC-2026-0001' }],
    show: 'incident',
  },
  {
    verb: 'timeline',
    summary: 'the timeline of an incident',
    method: 'GET',
    path: '/v1/incidents/{incident}/timeline',
    arguments: [{ name: 'incident', help: 'its identifier, INC-2026-0001' }],
    options: PAGING,
    show: 'timeline',
    document: { option: 'markdown', accept: 'text/markdown' },
  },
  {
    verb: 'pages',
    summary: 'calls to humans',
    method: 'GET',
    path: '/v1/pages',
    options: [
      { flags: '--state <state>', help: 'ringing, acknowledged, exhausted or cancelled', field: 'state' },
      { flags: '--incident <incident>', help: 'only of this one', field: 'incidentId' },
      ...PAGING,
    ],
    show: 'pages',
  },
  {
    verb: 'show-page',
    summary: 'one call to a human, with its attempts',
    method: 'GET',
    path: '/v1/pages/{page}',
    arguments: [PAGE_ID],
    show: 'page',
  },
  {
    verb: 'ack',
    alias: 'acknowledge',
    summary: 'acknowledge a page: it is yours, and stops ringing',
    method: 'POST',
    path: '/v1/pages/{page}/acknowledge',
    arguments: [PAGE_ID],
    show: 'page',
  },
  {
    verb: 'restart',
    summary: 'let an exhausted page ring again',
    method: 'POST',
    path: '/v1/pages/{page}/restart',
    arguments: [PAGE_ID],
    show: 'page',
  },
  {
    verb: 'rotas',
    summary: 'every rota, and who is on call now',
    method: 'GET',
    path: '/v1/rotas',
    show: 'rotas',
  },
  {
    verb: 'rota',
    summary: 'a rota: its layers, overrides and shifts',
    method: 'GET',
    path: '/v1/rotas/{rota}',
    arguments: [ROTA_KEY],
    options: TIME_SHOWN,
    show: 'rota',
    document: { option: 'ics', accept: 'text/calendar' },
  },
  {
    verb: 'on-call',
    summary: 'when somebody is on call, in every rota',
    method: 'GET',
    path: '/v1/people/{username}/on-call',
    arguments: [{ name: 'username', help: 'who' }],
    options: TIME_SHOWN,
    show: 'fields',
    document: { option: 'ics', accept: 'text/calendar' },
  },
  {
    verb: 'rota-change',
    summary: 'make a rota, or change it: title, timeZone and layers come by --file',
    method: 'POST',
    path: '/v1/rotas/{rota}',
    arguments: [ROTA_KEY],
    options: [
      {
        flags: '--replaces <version>',
        help: 'the version that was looked at; 0 for a new rota',
        field: 'replaces',
        kind: 'number',
      },
      { flags: '--reason <text>', help: 'why', field: 'reason' },
    ],
    show: 'rota',
  },
  {
    verb: 'rota-override',
    summary: 'put somebody else on call for a time, or swap two times',
    method: 'POST',
    path: '/v1/rotas/{rota}/overrides',
    arguments: [ROTA_KEY, { name: 'username', help: 'who is on call then', field: 'username' }],
    options: [
      { flags: '--from <instant>', help: 'from when', field: 'from', kind: 'instant' },
      { flags: '--until <instant>', help: 'until when', field: 'until', kind: 'instant' },
      { flags: '--instead <username>', help: 'whose time alone is taken over', field: 'instead' },
      {
        flags: '--swap-from <instant>',
        help: 'the time that they take over in return',
        field: 'swap.from',
        kind: 'instant',
      },
      { flags: '--swap-until <instant>', help: 'and its end', field: 'swap.until', kind: 'instant' },
      { flags: '--reason <text>', help: 'why', field: 'reason' },
    ],
    show: 'rota',
  },
  {
    verb: 'rota-withdraw',
    summary: 'take an override back; of a swap, both halves',
    method: 'POST',
    path: '/v1/rotas/{rota}/overrides/{override}/withdraw',
    arguments: [ROTA_KEY, { name: 'override', help: 'its id' }],
    options: [{ flags: '--reason <text>', help: 'why', field: 'reason' }],
    show: 'rota',
  },
  {
    verb: 'policy',
    summary: 'the policy in force',
    method: 'GET',
    path: '/v1/policy',
    show: 'fields',
  },
  {
    verb: 'ready',
    summary: 'whether the server, its record and its process are ready',
    method: 'GET',
    path: '/readyz',
    show: 'fields',
  },
];
