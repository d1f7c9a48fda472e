import { isForbiddenInTheClear } from '../domain/clearance.ts';
import type { Tlp } from '../domain/tlp.ts';
import { readReportBodies } from '../persistence/reports.ts';
import type { ApiDependencies } from './dependencies.ts';
import { wrongField } from './problem.ts';

/**
 * Turns away at the door what the TLP gate would withhold from a reporter for its label. Reports without an address are not
 * its matter. Source: IC-4, IC-30.
 */
export async function requireProtection(
  { db, certificates }: Pick<ApiDependencies, 'db' | 'certificates'>,
  reportIds: readonly string[],
  label: Tlp,
): Promise<void> {
  if (!isForbiddenInTheClear(label)) return;
  if (label === 'AMBER+STRICT') {
    throw wrongField(
      'insecure-channel',
      '/tlp',
      ['AMBER+STRICT stays within our organization and goes to no reporter.', ...OTHER_WAYS].join(' '),
    );
  }
  const bodies = await readReportBodies(db, reportIds);
  const addressed = reportIds.flatMap((id) => {
    const address = bodies.get(id)?.reporter?.email;
    return address === undefined ? [] : [{ id, address }];
  });
  const usable = await Promise.all(addressed.map(({ address }) => certificates.usableFor(address)));
  const without = addressed.filter((_, n) => (usable[n] ?? []).length === 0).map(({ id }) => id);
  if (without.length === 0) return;
  throw wrongField(
    'insecure-channel',
    '/tlp',
    [
      `${label} goes by mail only encrypted, and nothing can be encrypted for ${without.join(', ')}.`,
      'Expected a certificate that its reporter gave us (POST /v1/certificates), and a key of our own (TOCSIN_PGP_SIGNING_KEY_FILE).',
      ...OTHER_WAYS,
    ].join(' '),
  );
}

const OTHER_WAYS = [
  'Or tell them by phone and say `method: phone`; or write what may be AMBER, GREEN or CLEAR,',
  'where lead, Executive Sponsor or communications representative say that it may.',
  'Nothing was sent.',
];
