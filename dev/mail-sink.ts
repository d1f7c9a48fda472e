import { mkdirSync } from 'node:fs';

import { type Fault, MailFaults, type FaultScope } from './mail-faults.ts';
import { startMailPage } from './mail-page.ts';
import { startSmtpIntake } from './mail-intake.ts';
import { type Mail, MailStore } from './mail-store.ts';

export interface MailSink {
  /** `smtp://127.0.0.1:<port>`, without TLS and without a login. */
  readonly smtpUrl: string;
  readonly pageUrl: string;
  /** In the order in which they came. */
  mails(): readonly Mail[];
  /** The first mail that fits, among those that are there and those to come. Rejects when the time is over. */
  waitFor(fits: (mail: Mail) => boolean, timeoutMs: number): Promise<Mail>;
  /** From now on, or so many times. The fault that was added last and fits counts. */
  fail(fault: Fault, scope?: FaultScope): void;
  /** Everything is accepted again. */
  heal(): void;
  clear(): void;
  stop(): Promise<void>;
}

/**
 * Takes every mail in and shows it, and sends none on.
 *
 * @param smtpPort taken when free, else any free one; the same for `httpPort`; 0 means any free one.
 * @param dir where every mail is kept as an .eml file and read back at the next start; absent means in memory only.
 */
export async function startMailSink({
  smtpPort = 0,
  httpPort = 0,
  dir,
}: {
  readonly smtpPort?: number;
  readonly httpPort?: number;
  readonly dir?: string;
} = {}): Promise<MailSink> {
  if (dir !== undefined) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const store = await MailStore.open(dir);
  const faults = new MailFaults();
  const intake = await startSmtpIntake({ store, faults, preferredPort: smtpPort });
  const page = await startMailPage({ store, faults, preferredPort: httpPort, smtpUrl: intake.url });
  return {
    smtpUrl: intake.url,
    pageUrl: page.url,
    mails: () => store.all(),
    waitFor: (fits, timeoutMs) => store.waitFor(fits, timeoutMs),
    fail: (fault, scope) => faults.add(fault, scope),
    heal: () => faults.clear(),
    clear: () => store.clear(),
    async stop() {
      await Promise.all([intake.stop(), page.stop()]);
    },
  };
}
