import { createTransport } from 'nodemailer';

import type { Bench } from './bench.ts';
import { figuresOf, type Row } from './figures.ts';
import { byTurns, openLoop, within } from './pace.ts';
import { untilQuiet } from './record.ts';
import { hearOfRows } from './rows.ts';

/** A mailbox of the policy that a machine answers. */
const MAILBOX = 'security@stand.example';

const LOST_AFTER_MS = 60_000;

const FILED_CHANNEL = 'bench_filed';

/** Says at the end of the transaction that files a mail as a report whose it was: nobody has to ask, and it costs ours a little. */
const TELL_OF_FILING = `
  CREATE OR REPLACE FUNCTION bench_filed() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_notify('${FILED_CHANNEL}', NEW.mail_from); RETURN NULL; END $$;
  CREATE OR REPLACE TRIGGER bench_filed AFTER UPDATE OF verdict ON messages FOR EACH ROW
    WHEN (NEW.verdict = 'report' AND NEW.incident_id IS NOT NULL) EXECUTE FUNCTION bench_filed()`;

/** What is looked at of each mail, in milliseconds. */
interface Spans {
  /** From the instant at which it was to be sent until its sender heard 250. */
  readonly handedOver: number;
  /** From there until anybody can read that it is filed as a report. */
  readonly filed: number;
  /** From 250 until the last byte of the automatic reply was at the far end. */
  readonly answered: number;
}

interface Side {
  readonly smtpUrl: string;
  written(sender: string): Promise<number>;
}

/** Mails of as many senders at fixed instants, five a second, and what becomes of each. */
export async function measureMailIn(bench: Bench): Promise<readonly Row[]> {
  const { sizes, stand, floor, database } = bench;
  const filings = await hearOfRows(stand.database, { channel: FILED_CHANNEL, prepare: TELL_OF_FILING });
  const sides = {
    ours: { smtpUrl: stand.smtpIntake, written: filings.written },
    floor: { smtpUrl: floor.mailUrl, written: floor.written },
  };
  try {
    await mailsTo(bench, sides.ours, { count: 10, name: 'warm' });
    await mailsTo(bench, sides.floor, { count: 10, name: 'warm' });
    let round = 0;
    const rounds = await byTurns(sizes.rounds, {
      async ours() {
        round += 1;
        const spans = await mailsTo(bench, sides.ours, { count: sizes.mails, name: `r${round}` });
        await untilQuiet(database.db);
        return spans;
      },
      floor: () => mailsTo(bench, sides.floor, { count: sizes.mails, name: `r${round}` }),
    });
    return (['handedOver', 'filed', 'answered'] as const).map((span) => ({
      name: `mail in at 5/s: ${TITLES[span]}`,
      unit: 'ms',
      ours: figuresOf(rounds.ours.map((spans) => spans.map((one) => one[span]))),
      floor: figuresOf(rounds.floor.map((spans) => spans.map((one) => one[span]))),
      goal: null,
    }));
  } finally {
    await filings.stop();
  }
}

const TITLES: Readonly<Record<keyof Spans, string>> = {
  handedOver: 'handed over, until 250',
  filed: '250 to filed as a report',
  answered: '250 to the automatic reply',
};

async function mailsTo(
  { arrivals }: Bench,
  { smtpUrl, written }: Side,
  { count, name }: { readonly count: number; readonly name: string },
): Promise<readonly Spans[]> {
  const sender = createTransport({ url: smtpUrl, pool: true });
  try {
    return await openLoop(count, async (index, dueTick) => {
      // Each its own: a machine answers one address a few times a day.
      const from = `${name}-${index}@north.example.edu`;
      const handOver = async (): Promise<number> => {
        await sender.sendMail({ envelope: { from, to: [MAILBOX] }, raw: letterOf(from) });
        return performance.now();
      };
      const [acceptedTick, writtenTick, { atTick }] = await Promise.all([
        handOver(),
        within(`the mail of ${from} is filed as a report`, LOST_AFTER_MS, written(from)),
        arrivals.next(({ to }) => to === from, LOST_AFTER_MS),
      ]);
      return {
        handedOver: acceptedTick - dueTick,
        filed: writtenTick - acceptedTick,
        answered: atTick - acceptedTick,
      };
    });
  } finally {
    sender.close();
  }
}

function letterOf(from: string): Buffer {
  return Buffer.from(
    [
      `From: Anna Berg <${from}>`,
      `To: ${MAILBOX}`,
      'Subject: An IdP signs with a stolen key',
      `Message-ID: <bench-${from}>`,
      `Date: ${new Date().toUTCString()}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Seen at 20:39 UTC.\r\n'.repeat(40),
    ].join('\r\n'),
  );
}
