import { isObject, type Json } from './call.ts';
import { cell, instant, pairs, prose, sections, type Style, table, titled } from './layout.ts';

/** Notices, for a person to read. */
export function notices(answer: Json, style: Style): string {
  const rows = itemsOf(answer['items']).map((item) => [
    cell(item['n']),
    cell(item['audience']),
    cell(item['trigger']),
    cell(item['state']),
    `TLP:${cell(item['tlp'])}`,
    cell(item['revision']),
    instant(item['nextAt']),
    cell(item['subject']),
  ]);
  const head = ['#', 'AUDIENCE', 'TRIGGER', 'STATE', 'TLP', 'REVISION', 'GOES OUT', 'SUBJECT'];
  return table(style, head, rows) || 'none';
}

export function notice(answer: Json, style: Style): string {
  const { release } = answer;
  return sections([
    pairs(style, [
      ['notice', cell(answer['n'])],
      ['audience', cell(answer['audienceTitle'])],
      ['state', cell(answer['state'])],
      ['label', `TLP:${cell(answer['tlp'])}, at the strictest TLP:${cell(answer['ceiling'])}`],
      ['revision', cell(answer['revision'])],
      ['released by', isObject(release) ? cell(release['by']) : whose(answer)],
      ['goes out', instant(answer['nextAt'])],
      ['subject', cell(answer['subject'])],
    ]),
    prose(answer['text']),
    titled(
      style,
      'Recipients',
      table(
        style,
        ['RECIPIENT', 'STATE', 'AT', 'DETAIL'],
        itemsOf(answer['recipients']).map((item) => [
          cell(item['recipient']),
          cell(item['state']),
          instant(item['at']),
          cell(item['detail']),
        ]),
      ),
    ),
  ]);
}

function whose(answer: Json): string {
  return answer['releasedBySponsorOnly'] === true
    ? 'nobody yet; the Executive Sponsor alone can'
    : 'nobody yet';
}

function itemsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
