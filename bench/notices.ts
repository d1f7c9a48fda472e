import { createTransport } from 'nodemailer';

import { MAIL_CONNECTIONS, MAILS_PER_CONNECTION } from '../src/adapters/mail-smtp.ts';
import { noticesOf } from '../src/domain/notices/notice.ts';
import { type Db, openDb } from '../src/persistence/database.ts';
import { readState } from '../src/persistence/record.ts';
import type { StopSteps } from './bench.ts';
import { ASSESSMENT } from './escalation.ts';
import { figuresOf, type Row } from './figures.ts';
import { FAR_DOMAIN, type MailServer, startMailServer } from './mail-server.ts';
import { byTurns, until } from './pace.ts';
import { toldOf } from './record.ts';
import type { Sizes } from './sizes.ts';
import { type Stand, startStand } from './stand.ts';

const LOST_AFTER_MS = 300_000;

/**
 * One notice to all participants, from the Executive Sponsor's release until the mail server has the last mail, on a stand of
 * its own: its mail goes to a real server. Beside it as many mails of the same words, over as many connections, and nothing else.
 */
export async function measureNotices(sizes: Sizes, steps: StopSteps): Promise<readonly Row[]> {
  const server = await startMailServer();
  steps.push(server.stop);
  const stand = await startStand(server.smtpUrl);
  steps.push(stand.stop);
  const { db, close } = openDb(stand.database);
  steps.push(close);
  const incidentId = await incidentToTellOf(stand);
  const batch = { stand, db, server, incidentId };

  await importParticipants(stand, WARM_UP);
  await ours(batch, WARM_UP);
  await bare(server, WARM_UP);
  await importParticipants(stand, sizes.recipients);
  const rates = await byTurns(sizes.rounds, {
    ours: async () => [await ours(batch, sizes.recipients)],
    floor: async () => [await bare(server, sizes.recipients)],
  });
  return [
    {
      name: `a notice to ${sizes.recipients} participants`,
      unit: 'mails/s',
      ours: figuresOf(rates.ours),
      floor: figuresOf(rates.floor),
      goal: { of: 'ratio', atLeast: 0.6 },
      note: `to ${server.what}`,
    },
  ];
}

const WARM_UP = 20;

interface Batch {
  readonly stand: Stand;
  readonly db: Db;
  readonly server: MailServer;
  readonly incidentId: string;
}

/** Mails a second. Returns when the server has delivered them all: what it has left to do is not the next one's. */
async function ours({ stand, db, server, incidentId }: Batch, count: number): Promise<number> {
  const before = server.arrived();
  const step = (as: string, path: string, body: object) =>
    stand.post(`/v1/incidents/${incidentId}/notices${path}`, body, as);
  await step('comms1', '', { audience: 'participants', tlp: 'GREEN', ...WORDS });
  const n = noticesOf((await readState(db, incidentId))?.state ?? {}).length;
  const releasedAt = Date.now();
  await step('sponsor1', `/${n}/release`, { revision: 1, consulted: ['lead1'] });
  let lastAt = Number.NaN;
  await until(
    `${count} participants have the notice`,
    async () => {
      const told = await toldOf(db, { incidentId, n });
      if (told.failed > 0) throw new Error(`${told.failed} participants were not told`);
      lastAt = told.lastAt;
      return told.sent === count;
    },
    { withinMs: LOST_AFTER_MS, everyMs: 200 },
  );
  await untilDelivered(server, before + count);
  return count / ((lastAt - releasedAt) / 1000);
}

async function bare(server: MailServer, count: number): Promise<number> {
  const before = server.arrived();
  const sender = createTransport({
    url: server.smtpUrl,
    pool: true,
    maxConnections: MAIL_CONNECTIONS,
    maxMessages: MAILS_PER_CONNECTION,
  });
  try {
    const startTick = performance.now();
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        sender.sendMail({
          from: 'Floor <floor@bench.example>',
          to: addressOf(index),
          ...WORDS,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Tocsin-Loop': 'floor' },
        }),
      ),
    );
    const seconds = (performance.now() - startTick) / 1000;
    await untilDelivered(server, before + count);
    return count / seconds;
  } finally {
    sender.close();
  }
}

function untilDelivered(server: MailServer, count: number): Promise<void> {
  return until(`${count} mails are delivered`, async () => server.arrived() >= count, {
    withinMs: LOST_AFTER_MS,
  });
}

/** An Escalation with its lead, and nobody to be answered. */
async function incidentToTellOf(stand: Stand): Promise<string> {
  const { incidentId } = await stand.post<{ readonly incidentId: string }>('/v1/reports', {
    summary: 'An identity provider signs for others',
  });
  const step = (as: string, path: string, body: object) =>
    stand.post(`/v1/incidents/${incidentId}/${path}`, body, as);
  await step('responder1', 'lead', { username: 'lead1' });
  await step('responder1', 'reply', { unnecessary: true, reason: 'Found by ourselves.' });
  await step('lead1', 'assessment', ASSESSMENT);
  return incidentId;
}

/** Makes them so many. */
async function importParticipants(stand: Stand, count: number): Promise<void> {
  const participants = Array.from({ length: count }, (_, index) => ({
    id: `https://idp${index}.${FAR_DOMAIN}/shibboleth`,
    name: `University ${index}`,
    contacts: [{ kind: 'security', address: addressOf(index) }],
  }));
  await stand.post('/v1/participants/import', { source: 'saml', participants }, 'admin1');
}

const addressOf = (index: number): string => `security${index}@${FAR_DOMAIN}`;

const WORDS = {
  subject: 'What you need to do',
  text: 'Rotate the signing keys of your identity provider, and tell us when that is done.\n'.repeat(10),
};
