import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import pg from 'pg';
import { describe, expect, test } from 'vitest';

import type { IncidentView } from '../../src/api/schemas/incident.ts';
import { ownStand } from '../support/stand.ts';
import { handling, PATIENCE_MS } from './handling.ts';

const stand = ownStand();

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `npx tocsin …`, as a person of the stand would type it; `null` has no token. */
function tocsin(as: string | null, args: readonly string[], url = stand().api): Promise<Ended> {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TOCSIN_URL: url,
    ...(as !== null && { TOCSIN_TOKEN: stand().token(as) }),
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ['tocsin.mjs', ...args], { cwd: ROOT, env }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, out, err });
    });
  });
}

async function done(as: string | null, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await tocsin(as, args);
  expect(code, err).toBe(0);
  return out;
}

async function json<Answer>(as: string, ...args: readonly string[]): Promise<Answer> {
  return JSON.parse(await done(as, ...args, '--json')) as Answer;
}

const { step } = handling(stand);

/** Each test goes on where the one before has stopped. */
describe('the command line', { timeout: 4 * PATIENCE_MS }, () => {
  let id = '';

  /** Not by the command line, which has waived one row already: a program takes its time to start. */
  async function waived(as: string, ...rows: readonly string[]): Promise<void> {
    for (const row of rows) await step(as, id, `actions/${row}/waive`, { reason: 'A small matter.' });
  }

  test('reports without an account, and says the number, the times and the notice', async () => {
    const out = await done(
      ...[null, 'report', '--summary', 'An IdP signs with a stolen key'],
      ...['--description', 'Seen at 20:39 UTC.', '--email', 'anna@example.edu'],
    );
    id = /INC-\d{4}-\d{4}/.exec(out)?.[0] ?? '';
    expect(out).toMatch(/^incident +INC-\d{4}-0001$/m);
    expect(out).toMatch(/^reply due +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/m);
    expect(out).toContain('Please send nothing sensitive over this channel');
    await stand().waitForMail(({ to }) => to.includes('anna@example.edu'), PATIENCE_MS);
  });

  test('shows what waits, names a lead, and answers the reporter', async () => {
    expect(await done('responder1', 'list')).toMatch(
      new RegExp(`^${id} +received +- +AMBER\\+STRICT +- .*An IdP signs with a stolen key$`, 'm'),
    );
    expect(await done('responder1', 'duties')).toMatch(new RegExp(`^${id} +lead `, 'm'));
    const named = await done('responder1', 'lead', id, 'lead1');
    expect(named).toContain(`${id}  triage`);
    expect(named).toContain('lead lead1');
    await done('responder1', 'reply', id, '--text', 'Thank you. We are on it.');
    const reply = await stand().waitForMail(
      ({ subject }) => subject.includes('Reply to your report'),
      PATIENCE_MS,
    );
    expect(reply.text).toContain('Thank you. We are on it.');
    expect(await done('lead1', 'duties')).toMatch(new RegExp(`^${id} +assessment `, 'm'));
  });

  test('takes an incident through the matrix, row by row, to its closing', async () => {
    const why = ['--incident', 'yes', '--change-management', 'yes', '--tlp', 'AMBER'];
    const what = ['--nature', 'compromising-use', '--criticality', 'escalation', '--summary', 'A stolen key'];
    const keys = ['--scope', 'participant-systems-or-keys', '--criterion', 'production-systems'];
    await done('lead1', 'assess', id, ...why, ...what, ...keys);
    const legal = ['method=phone', 'counsel=legal1', 'contactedAt=2026-01-05T15:00:00Z'];
    await done('lead1', 'act', id, 'engage-legal', '--set', ...legal);
    const data = JSON.stringify({ identity: 'no', health: 'no', basis: 'Only metadata.' });
    await done('lead1', 'act', id, 'protected-information', '--outcome', data);
    await done('lead1', 'waive', id, 'contact-executive', '--reason', 'We sit in one room.');
    await waived('lead1', 'convene-csirt', 'deliver-assessment');
    const conference = ['--conference', 'csirt-conference', '--held-at', '2026-01-05T16:00:00Z'];
    const present = ['--present', 'lead1', 'sponsor1'];
    await done(
      'lead1',
      ...['reassess', id, ...why, ...what, ...keys, '--reason', 'Nothing new.', ...conference, ...present],
    );
    await waived('sponsor1', 'insurance-notice', 'involve-others');
    await waived('lead1', 'external-help', 'initial-remediation', 'agree-plan', 'engage-actors');
    await waived('lead1', 'act-on-plan', 'post-action-report', 'further-measures', 'act-on-next-steps');
    await waived('sponsor1', 'further-measures', 'act-on-next-steps');

    const early = await tocsin('sponsor1', ['close', id, '--determination', 'It is over.']);
    expect(early).toMatchObject({ code: 3, out: '' });
    expect(early.err).toContain('after-action-review');
    const review = ['rootCause=A copied key.', 'remediation=["The key was replaced."]', 'followUps=[]'];
    const held = ['heldAt=2026-01-09T16:00:00Z', 'present=["lead1","sponsor1"]', 'documentedBy=lead1'];
    await done('lead1', 'act', id, 'after-action-review', '--set', ...review, ...held);
    const byLead = await tocsin('lead1', ['close', id, '--determination', 'It is over.']);
    expect(byLead.code).toBe(4);
    expect(await done('sponsor1', 'close', id, '--determination', 'It is over.')).toContain(`${id}  closed`);
  });

  test('gives with --json what the server gave, and the timeline as a document', async () => {
    const incident = await json<IncidentView>('auditor1', 'show', id);
    expect(incident).toMatchObject({ id, stage: 'closed', lead: 'lead1', waitingFor: [] });
    expect(incident.actions.map(({ state }) => state)).not.toContain('due');
    const document = await done('auditor1', 'timeline', id, '--markdown');
    expect(document).toContain(`# ${id}: A stolen key`);
    expect(document).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: incident closed by sponsor1@: It is over\.$/m,
    );
  });

  test('ends with a code that a script may rely on', async () => {
    const codes = await Promise.all([
      tocsin('auditor1', ['show', id]),
      tocsin('auditor1', ['show', id, '--colour']),
      tocsin('auditor1', ['show', 'INC-2026-9999']),
      tocsin(null, ['show', id]),
      tocsin('auditor1', ['close', id, '--determination', 'x']),
      tocsin('auditor1', ['show', id], 'http://127.0.0.1:9'),
    ]);
    expect(codes.map(({ code }) => code)).toEqual([0, 2, 3, 4, 4, 5]);
    for (const { err } of codes.slice(2)) expect(err).toMatch(/^tocsin: .+\n/);
  });

  test('verifies the record, and says where somebody has changed a word of it', async () => {
    expect(await done(null, 'verify', '--stand', stand().dataDir)).toMatch(
      /^1 incidents, \d+ events: all verify$/m,
    );
    const client = new pg.Client({ connectionString: stand().database });
    await client.connect();
    await client.query(
      `update texts set body = '{"reason": "A great matter."}' where body->>'reason' = 'Nothing new.'`,
    );
    await client.end();
    const { code, err } = await tocsin(null, ['verify', '--stand', stand().dataDir]);
    expect(code).toBe(6);
    expect(err).toContain(`${id}, event`);
  });
});

test('a canary goes the whole way: report, process, page, message, acknowledgement, end', async () => {
  const out = await done('lead1', 'canary');
  expect(out.replaceAll(/\d+ ms/g, 'n ms').replaceAll(/INC-\d{4}-\d{4}/g, 'INC')).toBe(
    [
      'n ms  INC is safe in the record',
      'n ms  its process has begun',
      'n ms  you are paged',
      'n ms  the message has left',
      'n ms  the page is yours',
      'n ms  the incident is dismissed',
      '',
    ].join('\n'),
  );
  const id = /INC-\d{4}-\d{4}/.exec(out)?.[0] ?? '';
  expect((await stand().mails()).filter(({ subject }) => subject.startsWith(`[${id}] PAGE`))).toMatchObject([
    { to: ['lead1@stand.example'] },
  ]);
});
