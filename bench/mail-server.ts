import { existsSync } from 'node:fs';

import { MAY_RUN_OPENSMTPD, OPENSMTPD, startOpenSmtpd } from '../test/support/vendors/opensmtpd.ts';
import { startArrivals } from './arrivals.ts';

/** Where notices go. */
export interface MailServer {
  /** What it is, for the reader of the table. */
  readonly what: string;
  readonly smtpUrl: string;
  /** How many mails have arrived, from the beginning. */
  arrived(): number;
  stop(): Promise<void>;
}

/** Everybody there has a mailbox. */
export const FAR_DOMAIN = 'far.example';

/** A real one where it can be run, which keeps each mail on the disk before it says 250; the bench's own sink elsewhere. */
export async function startMailServer(): Promise<MailServer> {
  if (MAY_RUN_OPENSMTPD && existsSync(OPENSMTPD)) {
    const server = await startOpenSmtpd({ recipient: `@${FAR_DOMAIN}`, mailsPerSession: 100 });
    return { what: 'OpenSMTPD', smtpUrl: server.url, arrived: server.count, stop: server.close };
  }
  const { smtpUrl, countsByAddress, stop } = await startArrivals();
  let arrived = 0;
  return {
    what: 'the sink of the bench, because OpenSMTPD is not here or needs the superuser',
    smtpUrl,
    arrived() {
      for (const count of countsByAddress().values()) arrived += count;
      return arrived;
    },
    stop,
  };
}
