import { stringify } from 'yaml';
import { isObject, type Json, type Showing } from './call.ts';
import { notice, notices } from './show-notices.ts';
import {
  cell,
  harmless,
  instant,
  pairs,
  paint,
  prose,
  sections,
  type Style,
  table,
  titled,
} from './layout.ts';

/** An answer of the API for a person to read. Fields that are not there (an excerpt has few) are left out. */
export function show(showing: Showing, answer: unknown, style: Style): string {
  if (!isObject(answer)) return fields(answer);
  return SHOWINGS[showing](answer, style);
}

const SHOWINGS: Readonly<Record<Showing, (answer: Json, style: Style) => string>> = {
  receipt: (answer, style) =>
    sections([
      pairs(style, [
        ['incident', cell(answer['incidentId'])],
        ['report', cell(answer['reportId'])],
        ['received', instant(answer['receivedAt'])],
        ['reply due', instant(answer['replyDueAt'])],
        ['status', cell(answer['statusUrl'])],
      ]),
      prose(answer['notice']),
      titled(style, 'Kept, and not understood', listed(answer['keptAside'], style, ['pointer', 'detail'])),
    ]),
  incident,
  incidents: (answer, style) =>
    sections([
      table(
        style,
        ['INCIDENT', 'STAGE', 'CRITICALITY', 'TLP', 'LEAD', 'RECEIVED', 'SUMMARY'],
        itemsOf(answer['items']).map((item) => [
          cell(item['id']),
          cell(item['stage']),
          cell(item['criticality']),
          cell(item['tlp']),
          cell(item['lead']),
          instant(item['receivedAt']),
          cell(item['summary']),
        ]),
      ) || 'none',
      more(answer),
    ]),
  step: (answer, style) => sections([headline(answer, style), waiting(answer, style)]),
  page,
  pages: (answer, style) =>
    sections([
      table(
        style,
        ['PAGE', 'INCIDENT', 'REASON', 'STATE', 'ROUND', 'RUNG', 'NEXT STEP', 'ACKNOWLEDGED BY'],
        itemsOf(answer['items']).map((item) => [
          cell(item['id']),
          cell(item['incidentId']),
          cell(item['reason']),
          cell(item['state']),
          cell(item['round']),
          cell(item['rung']),
          instant(item['nextStepAt']),
          cell(item['acknowledgedBy']),
        ]),
      ) || 'none',
      more(answer),
    ]),
  timeline: (answer, style) =>
    sections([
      table(
        style,
        ['#', 'AT', 'BY', 'KIND', 'TEXT'],
        itemsOf(answer['items']).map((item) => [
          cell(item['seq']),
          instant(item['at']),
          cell(item['by']),
          cell(item['kind']),
          cell(item['text']),
        ]),
      ) || 'nothing yet',
      more(answer),
    ]),
  duties,
  rota,
  rotas,
  readiness,
  figures,
  notices,
  notice,
  labels: ({ tlp }, style) =>
    sections(
      itemsOf(tlp).map((item) =>
        sections([
          paint(style, 'bold', `TLP:${cell(item['label'])}`),
          prose(item['whenToUse']),
          prose(item['howToShare']),
        ]),
      ),
    ),
  fields,
};

function incident(answer: Json, style: Style): string {
  return sections([
    headline(answer, style),
    prose(answer['summary']),
    pairs(style, present(answer, ['kind', 'nature', 'isIncident', 'inScope', 'criteria', 'mergedInto'])),
    severity(answer, style),
    waiting(answer, style),
    titled(style, 'Reports', reports(answer, style)),
    titled(style, 'Actions', actions(answer, style)),
    titled(style, 'Clocks', clocks(answer, style)),
    titled(style, 'Team', listed(answer['team'], style, ['username', 'role'])),
    titled(
      style,
      'Suspensions',
      listed(answer['suspensions'], style, ['n', 'participant', 'action', 'basis', 'state']),
    ),
    titled(
      style,
      'Consultations',
      listed(answer['consultations'], style, ['n', 'asked', 'question', 'answer']),
    ),
    titled(
      style,
      'Contact attempts',
      listed(answer['contactAttempts'], style, ['at', 'party', 'method', 'by', 'result']),
    ),
    titled(
      style,
      'Notices',
      listed(answer['notices'], style, ['n', 'audience', 'trigger', 'tlp', 'state', 'nextAt']),
    ),
    titled(
      style,
      'Pages',
      Array.isArray(answer['pages']) && answer['pages'].length > 0 ? cell(answer['pages']) : '',
    ),
  ]);
}

function headline(answer: Json, style: Style): string {
  const parts = [
    paint(style, 'bold', cell(answer['id'])),
    cell(answer['stage']),
    ...((answer['criticality'] ?? null) === null ? [] : [criticality(answer['criticality'], style)]),
    `TLP:${cell(answer['tlp'])}`,
    (answer['lead'] ?? null) === null
      ? paint(style, 'yellow', 'no lead yet')
      : `lead ${cell(answer['lead'])}`,
    ...(answer['version'] === undefined ? [] : [`version ${cell(answer['version'])}`]),
  ];
  return parts.join('  ');
}

function criticality(value: unknown, style: Style): string {
  const text = cell(value);
  return text === 'emergency' ? paint(style, 'red', text) : text;
}

function waiting(answer: Json, style: Style): string {
  const rows = itemsOf(answer['waitingFor']).map((item) => [
    cell(item['what']),
    cell(item['who']),
    instant(item['since']),
    instant(item['dueAt']),
  ]);
  return titled(style, 'Waiting for', table(style, ['WHAT', 'WHO', 'SINCE', 'DUE'], rows));
}

function duties(answer: Json, style: Style): string {
  const rows = itemsOf(answer['items']).map((item) => [
    cell(item['incidentId']),
    cell(item['what']),
    instant(item['dueAt']),
    cell(item['stage']),
    cell(item['criticality']),
    cell(item['lead']),
  ]);
  const changed = itemsOf(answer['changed']).map((item) => [
    cell(item['incidentId']),
    cell(item['stage']),
    cell(item['lines']),
    instant(item['lastAt']),
  ]);
  return sections([
    table(style, ['INCIDENT', 'WHAT', 'DUE', 'STAGE', 'CRITICALITY', 'LEAD'], rows) ||
      'nothing waits for you',
    titled(style, 'Changed since then', table(style, ['INCIDENT', 'STAGE', 'NEW LINES', 'LAST'], changed)),
    more(answer),
  ]);
}

function severity(answer: Json, style: Style): string {
  const value = answer['severity'];
  if (!isObject(value)) return '';
  return pairs(style, [
    ['severity', cell(value['level'])],
    ['because', cell(value['reasons'])],
  ]);
}

function reports(answer: Json, style: Style): string {
  const rows = itemsOf(answer['reports']).map((item) => [
    cell(item['id']),
    instant(item['receivedAt']),
    cell(item['reply']),
    instant(item['repliedAt']),
  ]);
  return table(style, ['REPORT', 'RECEIVED', 'REPLY', 'REPLIED'], rows);
}

function actions(answer: Json, style: Style): string {
  const rows = itemsOf(answer['actions'])
    .filter((item) => item['state'] !== 'not-applicable')
    .map((item) => [
      cell(item['state']),
      cell(item['key']),
      instant(item['dueAt']),
      cell(itemsOf(item['parts']).map((part) => `${cell(part['part'])} ${cell(part['by'])}`)),
      cell(item['title']),
    ]);
  return table(style, ['STATE', 'ROW', 'DUE', 'SAID', 'TITLE'], rows);
}

function clocks(answer: Json, style: Style): string {
  const rows = itemsOf(answer['clocks']).map((item) => [
    cell(item['name']),
    cell(item['state']),
    instant(item['dueAt']),
    instant(item['stoppedAt']),
    cell(item['by']),
    cell(item['reason']),
  ]);
  return table(style, ['CLOCK', 'STATE', 'DUE', 'STOPPED', 'BY', 'REASON'], rows);
}

function page(answer: Json, style: Style): string {
  const attempts = itemsOf(answer['attempts']).map((item) => [
    cell(item['round']),
    cell(item['rung']),
    cell(item['person']),
    cell(item['method']),
    instant(item['sendAfter'] ?? item['dueAt']),
    instant(item['sentAt']),
    cell(item['tries']),
    cell(item['answer']),
    cell(item['why']),
  ]);
  const skipped = itemsOf(answer['skipped']).map((item) => [
    cell(item['round']),
    cell(item['rung']),
    instant(item['at']),
    cell(item['why']),
  ]);
  return sections([
    pairs(style, [
      ['page', cell(answer['id'])],
      ['incident', cell(answer['incidentId'])],
      ['reason', cell(answer['reason'])],
      ['state', cell(answer['state'])],
      ['acknowledged by', cell(answer['acknowledgedBy'])],
      ['rings again', instant(answer['acknowledgedUntil'])],
      ['declined by', cell(answer['declinedBy'])],
      ['round, rung', `${cell(answer['round'])}, ${cell(answer['rung'])}`],
      ['next step', instant(answer['nextStepAt'])],
    ]),
    titled(
      style,
      'Attempts',
      table(style, ['ROUND', 'RUNG', 'PERSON', 'METHOD', 'DUE', 'SENT', 'TRIES', 'ANSWER', 'WHY'], attempts),
    ),
    titled(style, 'Rungs with nobody', table(style, ['ROUND', 'RUNG', 'AT', 'WHY'], skipped)),
  ]);
}

function rotas(answer: Json, style: Style): string {
  const rows = itemsOf(answer['items']).map((item) => [
    cell(item['key']),
    cell(item['title']),
    ...onCall(item['onCall']),
    cell(item['timeZone']),
  ]);
  return table(style, ['ROTA', 'TITLE', 'ON CALL', 'UNTIL', 'TIME ZONE'], rows) || 'none';
}

function rota(answer: Json, style: Style): string {
  const [now, until] = onCall(answer['onCall']);
  const layers = itemsOf(answer['layers']).map((item) => [
    cell(item['name']),
    cell(item['members']),
    cell(item['handOver']),
    cell(item['startsAt']),
    cell(
      itemsOf(item['hours']).map((one) => `${cell(one['weekday'])} ${cell(one['from'])}-${cell(one['to'])}`),
    ),
  ]);
  const shifts = itemsOf(answer['shifts']).map((item) => [
    instant(item['from']),
    instant(item['until']),
    item['username'] === null ? paint(style, 'red', 'nobody') : cell(item['username']),
    because(item['because']),
  ]);
  const overrides = itemsOf(answer['overrides']).map((item) => [
    cell(item['id']),
    instant(item['from']),
    instant(item['until']),
    cell(item['username']),
    cell(item['instead']),
    cell(item['by']),
    (item['withdrawn'] ?? null) === null ? cell(item['reason']) : 'withdrawn',
  ]);
  return sections([
    pairs(style, [
      ['rota', cell(answer['key'])],
      ['title', cell(answer['title'])],
      ['time zone', cell(answer['timeZone'])],
      [
        'version',
        `${cell(answer['version'])}, ${instant(answer['changedAt'])} by ${cell(answer['changedBy'])}`,
      ],
      ['on call', until === '' ? now : `${now}, until ${until}`],
    ]),
    titled(style, 'Layers', table(style, ['LAYER', 'MEMBERS', 'HAND-OVER', 'STARTS', 'HOURS'], layers)),
    titled(style, 'Shifts', table(style, ['FROM', 'UNTIL', 'ON CALL', 'BECAUSE'], shifts)),
    titled(
      style,
      'Overrides',
      table(style, ['ID', 'FROM', 'UNTIL', 'ON CALL', 'INSTEAD OF', 'BY', 'REASON'], overrides),
    ),
  ]);
}

function readiness(answer: Json, style: Style): string {
  const findings = itemsOf(answer['findings']).map((item) => [
    item['severity'] === 'warning' ? 'warning' : paint(style, 'red', cell(item['severity'])),
    instant(item['from']),
    instant(item['until']),
    cell(item['what']),
  ]);
  const people = itemsOf(answer['people']).map((item) => {
    const ways = isObject(item['ways']) ? item['ways'] : {};
    return [
      cell(item['username']),
      instant(item['onCallFrom']),
      cell(ways['verified']),
      cell(ways['failed']),
      ways['policy'] === true ? 'yes' : paint(style, 'red', 'no'),
    ];
  });
  return sections([
    pairs(style, [
      ['from', instant(answer['from'])],
      ['until', instant(answer['until'])],
    ]),
    titled(
      style,
      'Findings',
      table(style, ['SEVERITY', 'FROM', 'UNTIL', 'WHAT'], findings) || 'everybody can be reached',
    ),
    titled(
      style,
      'People',
      table(style, ['USERNAME', 'ON CALL FROM', 'CONTACTS', 'FAILED', 'MAIL OF THE POLICY'], people),
    ),
  ]);
}

function figures(answer: Json, style: Style): string {
  const acknowledgement = isObject(answer['acknowledgement']) ? answer['acknowledgement'] : {};
  const all = isObject(acknowledgement['all']) ? [{ reason: 'all', ...acknowledgement['all'] }] : [];
  const times = [...all, ...itemsOf(acknowledgement['byReason'])].map((item: Json) => [
    cell(item['reason']),
    cell(item['pages']),
    cell(item['acknowledged']),
    percent(item['withinFirstRung']),
    cell(item['p50']),
    cell(item['p90']),
    cell(item['p99']),
  ]);
  const people = listed(answer['people'], style, [
    'username',
    'messages',
    'pages',
    'nightPages',
    'acknowledged',
  ]);
  return sections([
    pairs(style, [
      ['from', instant(answer['from'])],
      ['until', instant(answer['until'])],
      ['nights', `22:00 to 07:00 in ${cell(answer['timeZone'])}`],
    ]),
    titled(
      style,
      'Acknowledgement',
      table(style, ['REASON', 'PAGES', 'ACKNOWLEDGED', 'FIRST RUNG', 'P50', 'P90', 'P99'], times),
    ),
    titled(style, 'People', people),
    ...itemsOf(answer['rotas']).map((rota) => burden(rota, style)),
  ]);
}

function burden(rota: Json, style: Style): string {
  const members = itemsOf(rota['members']).map((item) => [
    cell(item['username']),
    cell(item['hours']),
    percent(item['share']),
    cell(item['pages']),
    cell(item['nightPages']),
  ]);
  const uneven = isObject(rota['unevenness']) ? rota['unevenness'] : {};
  const sum = [cell(uneven['hours']), '', cell(uneven['pages']), cell(uneven['nightPages'])];
  return titled(
    style,
    `Rota ${cell(rota['rota'])}`,
    table(
      style,
      ['USERNAME', 'HOURS', 'SHARE', 'PAGES', 'AT NIGHT'],
      [...members, ['unevenness (0 is even)', ...sum]],
    ),
  );
}

function percent(value: unknown): string {
  return typeof value === 'number' ? `${Math.round(value * 100)} %` : '-';
}

function onCall(value: unknown): readonly [string, string] {
  return isObject(value) ? [cell(value['username']), instant(value['until'])] : ['nobody', ''];
}

function because(value: unknown): string {
  if (!isObject(value)) return '';
  return 'layer' in value ? `layer ${cell(value['layer'])}` : `override by ${cell(value['by'])}`;
}

/** For answers without a form of their own: as they are, in YAML. */
function fields(answer: unknown): string {
  return harmless(stringify(answer, { lineWidth: 0 })).trimEnd();
}

function listed(value: unknown, style: Style, names: readonly string[]): string {
  const rows = itemsOf(value).map((item) =>
    names.map((name) => (name === 'at' ? instant(item[name]) : cell(item[name]))),
  );
  return table(
    style,
    names.map((name) => name.toUpperCase()),
    rows,
  );
}

function present(answer: Json, names: readonly string[]): readonly (readonly [string, string])[] {
  return names
    .filter((name) => answer[name] !== undefined && answer[name] !== null && cell(answer[name]) !== '-')
    .map((name) => [name, cell(answer[name])]);
}

function more(answer: Json): string {
  return typeof answer['nextCursor'] === 'string' ? `more: --cursor ${cell(answer['nextCursor'])}` : '';
}

function itemsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
