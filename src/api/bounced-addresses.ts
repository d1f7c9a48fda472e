import { bouncedAmong } from '../persistence/bounced-addresses.ts';
import type { Db } from '../persistence/database.ts';
import { readReportBodies } from '../persistence/reports.ts';
import { wrongField } from './problem.ts';
import { instantText } from './schemas/values.ts';

/**
 * Turns a reply by mail away where the last mail to its reporter came back: it would not arrive either, and its clock would
 * stop for it. Source: IC-2.
 */
export async function requireWorkingAddresses(db: Db, reportIds: readonly string[]): Promise<void> {
  const bodies = await readReportBodies(db, reportIds);
  const addressOf = (id: string) => bodies.get(id)?.reporter?.email?.toLowerCase();
  const addresses = reportIds.map(addressOf).filter((address) => address !== undefined);
  const bounced = await bouncedAmong(db, addresses);
  const marks = reportIds.flatMap((id) => {
    const mark = bounced.get(addressOf(id) ?? '');
    return mark === undefined ? [] : [`${id} (at ${instantText(mark.at)}, ${mark.code})`];
  });
  if (marks.length === 0) return;
  throw wrongField(
    'invalid',
    '/despiteBounce',
    [
      `The last mail to the reporter of ${marks.join(', ')} came back.`,
      'Expected `method: phone` once they have been told by phone, `unreachable` with the attempts, `unnecessary` with a',
      'reason, or `despiteBounce: true` where their mailbox is known to work again.',
      'Nothing was sent.',
    ].join(' '),
  );
}
