import { csvOf } from './csv.ts';
import type { PageView } from './schemas/pages.ts';

const COLUMNS = [
  'ring',
  'round',
  'rung',
  'person',
  'method',
  'why',
  'dueAt',
  'sendAfter',
  'sentAt',
  'lateMs',
  'tries',
  'answer',
  'receipt',
  'receiptAt',
] as const satisfies readonly (keyof PageView['attempts'][number])[];

/** The attempts of a page, one a line, each with its page and incident. */
export function pageCsv({ id, incidentId, attempts }: PageView): string {
  const rows = attempts.map((attempt) => [id, incidentId, ...COLUMNS.map((column) => attempt[column])]);
  return csvOf(['page', 'incident', ...COLUMNS], rows);
}
