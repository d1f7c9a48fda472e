import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { NoticeView } from '../../src/api/schemas/notices.ts';
import { ownStand } from '../support/stand.ts';
import {
  assessment,
  bodyOf,
  codeOf,
  eventually,
  handling,
  inTriage,
  PATIENCE_MS,
  problemOf,
} from './handling.ts';

const stand = ownStand();
const desk = handling(stand);

interface WithRecipients extends NoticeView {
  readonly recipients: readonly { readonly recipient: string; readonly state: string }[];
}

describe('a notice', () => {
  it('stands ready when its trigger is reached, is edited, and leaves once the Executive Sponsor releases it', async () => {
    const id = await escalation();
    const draft = await noticeFor(id, 'internal-open', 'discovery');
    expect(draft).toMatchObject({ state: 'drafted', tlp: 'AMBER', releasedBySponsorOnly: true });
    expect((await desk.incident(id)).notices).toContainEqual(
      expect.objectContaining({ n: draft.n, audience: 'internal-open', state: 'drafted', nextAt: null }),
    );
    expect(draft.text).toContain('An identity provider signs with a key that somebody else has as well');
    const words = { text: 'We handle an incident. No action is needed from you.', tlp: 'GREEN' };

    const release = (as: string, body: object = {}) =>
      desk.ask(as, id, `notices/${draft.n}/release`, { revision: 1, consulted: ['lead1'], ...body });
    const tooStrict = await release('sponsor1');
    expect(codeOf(tooStrict)).toBe('invalid');
    expect(problemOf(tooStrict).detail).toMatch(/TLP:AMBER, .*TLP:GREEN/);

    await desk.step('comms1', id, `notices/${draft.n}/edit`, words);
    expect(codeOf(await release('sponsor1'))).toBe('not-now');
    const byLead = await release('lead1', { revision: 2 });
    expect(byLead.status).toBe(403);
    expect(problemOf(byLead).detail).toContain('the Executive Sponsor alone');
    expect(codeOf(await release('sponsor1', { revision: 2, consulted: [] }))).toBe('reason-required');
    expect(await mailsTo('security-open@stand.example')).toHaveLength(0);

    await desk.step('sponsor1', id, `notices/${draft.n}/release`, { revision: 2, consulted: ['lead1'] });
    const mail = await stand().waitForMail(
      ({ to }) => to.includes('security-open@stand.example'),
      PATIENCE_MS,
    );
    expect(mail.subject).toBe(`[${id}] TLP:GREEN We are handling a security incident`);
    expect(mail.text).toContain('No action is needed from you.');
    await untilState(id, draft.n, 'sent');
    const { told, recipients } = await noticeOf(id, draft.n);
    expect(told).toEqual({ sent: 1, refused: 0, withheld: 0, stopped: 0 });
    expect(recipients).toMatchObject([{ recipient: 'internal-open', state: 'sent' }]);
    const timeline = (await desk.timeline(id)).map(({ text }) => text);
    expect(timeline).toContainEqual(expect.stringContaining(`notice ${draft.n} released by sponsor1@`));
    expect(timeline).toContain(`notice ${draft.n} went out: 1 recipient`);
  });

  it('to the CSIRT is released by the lead, and reaches each of its people', async () => {
    const id = await escalation();
    const n = await drafted('responder1', id, { audience: 'csirt', text: 'The bridge is open.' });
    await desk.step('lead1', id, `notices/${n}/release`, { revision: 1 });
    await untilState(id, n, 'sent');
    const { recipients } = await noticeOf(id, n);
    const people = ['comms1', 'lead1', 'renisac1', 'responder1', 'responder2', 'sponsor1'];
    expect(recipients.map(({ recipient }) => recipient)).toEqual(people);
    const mail = await stand().waitForMail(
      ({ to, text }) => to.includes('renisac1@stand.example') && text.includes('The bridge is open.'),
      PATIENCE_MS,
    );
    // A subject has no words of what is not for everybody.
    expect(mail.subject).toBe(`[${id}] TLP:AMBER A notice`);
  });

  it('to the participants goes to the security contact of each, and a correction to exactly those who got it', async () => {
    await imported(3);
    const id = await escalation();
    const n = await drafted('comms1', id, {
      audience: 'participants',
      text: 'Rotate your keys.',
      tlp: 'GREEN',
    });
    await desk.step('sponsor1', id, `notices/${n}/release`, { revision: 1, consulted: ['lead1'] });
    await untilState(id, n, 'sent');
    expect((await noticeOf(id, n)).recipients).toMatchObject([
      { recipient: 'https://idp1.example/shibboleth', state: 'sent' },
      { recipient: 'https://idp2.example/shibboleth', state: 'sent' },
      { recipient: 'https://idp3.example/shibboleth', state: 'sent' },
    ]);
    expect(await mailsTo('security@idp2.example')).toHaveLength(1);
    expect(await mailsTo('technical@idp2.example')).toHaveLength(0);

    await imported(4);
    const correction = await stepMaking('comms1', id, `notices/${n}/correct`, {
      text: 'Rotate only the signing keys.',
    });
    await desk.step('sponsor1', id, `notices/${correction}/release`, { revision: 1, consulted: ['lead1'] });
    await untilState(id, correction, 'sent');
    expect((await noticeOf(id, correction)).recipients).toHaveLength(3);
    expect(await mailsTo('security@idp4.example')).toHaveLength(0);
  });

  it('under an embargo leaves at its instant, and withdrawn before it goes to nobody', async () => {
    const id = await escalation();
    const body = { audience: 'partners-and-vendors', tlp: 'GREEN' };
    const withdrawn = await drafted('comms1', id, { ...body, text: 'Under embargo: never told.' });
    const kept = await drafted('comms1', id, { ...body, text: 'Under embargo: told in time.' });
    const at = new Date(Date.now() + 4000).toISOString();
    for (const n of [withdrawn, kept]) {
      await desk.step('sponsor1', id, `notices/${n}/release`, { revision: 1, consulted: ['lead1'], at });
      expect((await noticeOf(id, n)).state).toBe('scheduled');
    }
    await desk.step('comms1', id, `notices/${withdrawn}/withdraw`, {
      reason: 'The vendor asked for more time.',
    });
    expect(await mailsTo('partners@stand.example')).toHaveLength(0);
    await untilState(id, kept, 'sent');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(at));
    const mails = await mailsTo('partners@stand.example');
    expect(mails.map(({ text }) => text)).toEqual([expect.stringContaining('told in time')]);
    expect((await noticeOf(id, withdrawn)).state).toBe('withdrawn');
  });

  it('stops in the middle when its incident’s label is raised, and says who has it already', async () => {
    await imported(60);
    const id = await escalation();
    const n = await drafted('comms1', id, {
      audience: 'participants',
      text: 'Look at your logs.',
      tlp: 'GREEN',
    });
    // The server asks each of the later ones to wait, so that the batch is in its middle while the label is raised.
    for (let k = 20; k <= 60; k += 1) {
      await stand().failMail({ kind: 'answer', code: 451 }, { recipient: `security@idp${k}.example` });
    }
    await desk.step('sponsor1', id, `notices/${n}/release`, { revision: 1, consulted: ['lead1'] });
    await eventually(async () => {
      expect((await noticeOf(id, n)).recipients.some(({ state }) => state === 'sent')).toBe(true);
    });
    await desk.step('lead1', id, 'reassessment', {
      ...assessment({ tlp: 'RED' }),
      reason: 'A name is in it.',
    });
    expect((await noticeOf(id, n)).state).toBe('stopped');
    await stand().healMail();
    await eventually(async () => {
      const { recipients } = await noticeOf(id, n);
      const states = new Set(recipients.map(({ state }) => state));
      expect(states).toEqual(new Set(['sent', 'stopped']));
    });
    const { recipients } = await noticeOf(id, n);
    const have = recipients.filter(({ state }) => state === 'sent').length;
    await sleep(1000);
    const arrived = (await stand().mails()).filter(({ text }) => text.includes('Look at your logs.'));
    expect(arrived).toHaveLength(have);
    expect(have).toBeLessThan(60);
  });

  it('reaches everybody else while one’s mail server takes its time', async () => {
    await imported(20);
    const id = await escalation();
    const words = { text: 'Look at your logs again.', tlp: 'GREEN' };
    const n = await drafted('comms1', id, { audience: 'participants', ...words });
    await stand().failMail({ kind: 'delay', ms: 8000 }, { recipient: 'security@idp1.example' });
    await desk.step('sponsor1', id, `notices/${n}/release`, { revision: 1, consulted: ['lead1'] });
    await eventually(async () => {
      const { recipients } = await noticeOf(id, n);
      const late = recipients.filter(({ state }) => state !== 'sent');
      expect(recipients).toHaveLength(20);
      expect(late).toMatchObject([{ recipient: 'https://idp1.example/shibboleth', state: 'sending' }]);
    });
    await stand().healMail();
    await untilState(id, n, 'sent');
    expect(await mailsTo('security@idp1.example')).not.toHaveLength(0);
  });

  it('that has gone out is withdrawn by telling those who have it, which is the Executive Sponsor’s word', async () => {
    const id = await escalation();
    const n = await drafted('comms1', id, { audience: 'public', text: 'All is well.', tlp: 'CLEAR' });
    await desk.step('sponsor1', id, `notices/${n}/release`, { revision: 1, consulted: ['lead1'] });
    await untilState(id, n, 'sent');
    const words = { reason: 'It was not.', text: 'Please disregard our earlier notice.' };
    expect((await desk.ask('comms1', id, `notices/${n}/withdraw`, words)).status).toBe(403);
    await desk.step('sponsor1', id, `notices/${n}/withdraw`, words);
    const mail = await stand().waitForMail(
      ({ to, text }) => to.includes('advisories@stand.example') && text.includes('disregard'),
      PATIENCE_MS,
    );
    expect(mail.subject).toContain('Withdrawn: ');
    expect((await noticeOf(id, n)).state).toBe('withdrawn');
  });

  it('stands in the communication plan, with what is still to come', async () => {
    const id = await escalation();
    const plan = await desk.get('auditor1', `/v1/incidents/${id}/communication-plan`);
    expect(plan.body).toMatchObject({
      representative: { named: [], proposed: ['comms1'] },
      notices: [
        { n: 1, who: 'Open security mailing list of the organization', state: 'drafted', when: null },
      ],
      ahead: expect.arrayContaining([expect.objectContaining({ trigger: 'review-findings' })]),
    });
    const document = await stand().request('GET', `/v1/incidents/${id}/communication-plan`, {
      as: 'auditor1',
      headers: { accept: 'text/markdown' },
    });
    expect(document.body).toContain('| 1 | Open security mailing list of the organization |');
  });
});

async function escalation(): Promise<string> {
  const id = await inTriage(desk);
  await desk.step('lead1', id, 'assessment', assessment());
  return id;
}

async function noticesOf(id: string): Promise<readonly NoticeView[]> {
  const { items } = bodyOf<{ readonly items: readonly NoticeView[] }>(
    await desk.get('auditor1', `/v1/incidents/${id}/notices`),
    200,
  );
  return items;
}

async function noticeOf(id: string, n: number): Promise<WithRecipients> {
  return bodyOf(await desk.get('auditor1', `/v1/incidents/${id}/notices/${n}`), 200);
}

async function noticeFor(id: string, audience: string, trigger: string): Promise<NoticeView> {
  const found = (await noticesOf(id)).find((one) => one.audience === audience && one.trigger === trigger);
  if (found === undefined) throw new Error(`no draft for ${audience}`);
  return found;
}

function drafted(as: string, id: string, body: object): Promise<number> {
  return stepMaking(as, id, 'notices', body);
}

/** The number of the notice that a step made. */
async function stepMaking(as: string, id: string, path: string, body: object): Promise<number> {
  await desk.step(as, id, path, body);
  return (await noticesOf(id)).length;
}

function untilState(id: string, n: number, state: string): Promise<void> {
  return eventually(async () => {
    expect((await noticeOf(id, n)).state).toBe(state);
  });
}

async function mailsTo(address: string) {
  return (await stand().mails()).filter(({ to }) => to.includes(address));
}

async function imported(count: number): Promise<void> {
  const participants = Array.from({ length: count }, (_, index) => {
    const host = `idp${index + 1}.example`;
    const contacts = ['technical', 'security'].map((kind) => ({ kind, address: `${kind}@${host}` }));
    return { id: `https://${host}/shibboleth`, name: `University ${index + 1}`, contacts };
  });
  bodyOf(await desk.post('admin1', '/v1/participants/import', { source: 'saml', participants }), 200);
}
