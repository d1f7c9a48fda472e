import { describe, expect, test } from 'vitest';

import type { IncidentView } from '../../src/api/schemas/incident.ts';
import { ownStand } from '../support/stand.ts';
import { bodyOf, codeOf, eventually, handling, pathOf, PATIENCE_MS } from './handling.ts';
import * as log4shell from './log4shell.ts';
import { replayedDocument } from './replayed-document.ts';

const stand = ownStand();
const { report, step, ask, post, incident, timeline, document, page, acknowledge, status, excerpt } =
  handling(stand);

const REPORTER = log4shell.REPORT.reporter.email;

/** Each test goes on where the one before has stopped: it is one incident. */
describe('Log4Shell, from the first report to its closing', () => {
  let id = '';
  let accepted: Awaited<ReturnType<typeof report>>;

  async function write(notes: readonly log4shell.Note[]): Promise<void> {
    for (const { by, ...note } of notes) await step(by, id, 'timeline', note);
  }

  async function say(rows: readonly log4shell.Said[]): Promise<IncidentView> {
    let after: IncidentView | undefined;
    for (const { by, key, ...said } of rows) after = await step(by, id, `actions/${key}/complete`, said);
    if (after === undefined) throw new Error('no row was said');
    return after;
  }

  /** So that the lines of the document stand in one order every time. */
  async function untilWritten(text: string): Promise<void> {
    await eventually(async () => {
      const lines = await timeline(id);
      expect(lines.map((line) => line.text)).toContainEqual(expect.stringContaining(text));
    });
  }

  const rowsIn = (view: IncidentView, ...states: string[]) =>
    view.actions.filter(({ state }) => states.includes(state)).map(({ key }) => key);

  test('the report is accepted, and its reporter gets a reference at once', async () => {
    accepted = await report(log4shell.REPORT);
    id = accepted.incidentId;
    const receipt = await stand().waitForMail(({ to }) => to.includes(REPORTER), PATIENCE_MS);
    expect(receipt.subject).toBe(`[${id}] We have received your report`);
    await untilWritten('automatic reply to the reporter');
    const { stage, summary, waitingFor } = await incident(id);
    expect({ stage, summary }).toEqual({ stage: 'received', summary: log4shell.REPORT.summary });
    expect(waitingFor.map(({ what }) => what)).toEqual(['lead', 'reply']);
  });

  test('a lead is named, and what was public before our receipt stands at its own time', async () => {
    const { stage, lead } = await step('responder1', id, 'lead', { username: 'lead1' });
    expect({ stage, lead }).toEqual({ stage: 'triage', lead: 'lead1' });
    await step('lead1', id, 'team', { username: 'sme1', role: 'sme' });
    await write(log4shell.UNTIL_THE_FIRST_FIX);
    const first = (await document(id)).split('\n\n').find((line) => /^\d/.test(line));
    expect(first).toBe(
      '2021-11-24T00:00:00Z: first embargoed disclosure: Chen Zhaojun of the Alibaba Cloud Security Team ' +
        'reports the vulnerability to the Apache Software Foundation (via mail; lead1@)',
    );
  });

  test('the reporter is answered by a person, and the reply clock stops when the mail server has accepted', async () => {
    await step('responder1', id, 'reply', { text: log4shell.REPLY });
    const mail = await stand().waitForMail(
      ({ subject }) => subject.includes('Reply to your report'),
      PATIENCE_MS,
    );
    expect(mail.to).toEqual([REPORTER]);
    expect(mail.text).toContain('three systems of the federation log with Log4j');
    const replied = await eventually(async () => {
      const view = await incident(id);
      expect(view.reports.map(({ reply }) => reply)).toEqual(['sent']);
      return view;
    });
    expect(replied.clocks.find(({ name }) => name === 'reply')).toMatchObject({
      state: 'met',
      by: 'responder1',
    });
  });

  test('a question reaches the reporter, whose answer reaches the timeline', async () => {
    await step('responder1', id, 'question', { text: log4shell.QUESTION });
    await stand().waitForMail(({ subject }) => subject.includes('A question about your report'), PATIENCE_MS);
    const [path, query] = pathOf(accepted.statusUrl).split('?');
    bodyOf(await post(undefined, `${path}/answer?${query}`, { text: log4shell.ANSWER }), 200);
    await untilWritten(log4shell.ANSWER);
    const { reply, questions, answers } = await status(accepted);
    expect(reply).toBe('sent');
    expect(questions.map(({ text }) => text)).toEqual([log4shell.QUESTION]);
    expect(answers.map(({ text }) => text)).toEqual([log4shell.ANSWER]);
  });

  test('an expert is consulted, and sees nothing but the question until appointed', async () => {
    await step('lead1', id, 'consultations', log4shell.CONSULTATION);
    const notice = await stand().waitForMail(({ to }) => to.includes('sme1@stand.example'), PATIENCE_MS);
    expect(notice.subject).toBe(`[${id}] You are asked a question`);
    await step('sme1', id, 'consultations/1/answer', { answer: log4shell.CONSULTATION_ANSWER });
    await untilWritten(log4shell.CONSULTATION_ANSWER);
  });

  test('the lead assesses it as an Escalation of critical severity', async () => {
    const assessed = await step('lead1', id, 'assessment', log4shell.ASSESSMENT);
    expect(assessed).toMatchObject({ stage: 'response', inScope: true, criticality: 'escalation' });
    expect(assessed.severity?.level).toBe('critical');
    expect(rowsIn(assessed, 'done')).toEqual(['initial-assessment']);
  });

  test('people are appointed, and the owner of a system is called in and acknowledges', async () => {
    await step('lead1', id, 'team', { username: 'comms1', role: 'communications' });
    await step('lead1', id, 'pages', log4shell.CALL_IN);
    const call = await stand().waitForMail(({ to }) => to.includes('owner1@stand.example'), PATIENCE_MS);
    expect(call.subject).toBe(`[${id}] PAGE URGENT: you are called in to help`);
    const { pages } = await excerpt('owner1', id);
    const [pageId = ''] = pages;
    await eventually(async () => {
      expect((await page(pageId)).attempts.map(({ person }) => person)).toEqual(['owner1']);
    });
    await untilWritten('owner1@ paged');
    expect(await acknowledge('owner1', pageId)).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'owner1',
    });
    await untilWritten('acknowledged by owner1@');
    await step('lead1', id, 'team', { username: 'owner1', role: 'internal' });
    await write([log4shell.WORKAROUND]);
  });

  test('the rows before the conference are done, and the conference confirms the Escalation', async () => {
    await say(log4shell.ROWS_2_TO_7);
    const confirmed = await step('lead1', id, 'reassessment', log4shell.CONFERENCE_CONFIRMS);
    expect(rowsIn(confirmed, 'done')).toHaveLength(8);
    expect(rowsIn(confirmed, 'due')).toEqual(['external-help', 'initial-remediation', 'involve-others']);
  });

  test('the first fix is rolled out, and nobody may close while the response goes on', async () => {
    const acted = await say(log4shell.FIRST_PASS);
    await write(log4shell.FIRST_FIX_ROLLED_OUT);
    expect(acted.stage).toBe('response');
    expect(rowsIn(acted, 'due')).toEqual(['post-action-report']);
    const tooEarly = await ask('sponsor1', id, 'close', { determination: 'It is fixed.' });
    expect([tooEarly.status, codeOf(tooEarly)]).toEqual([409, 'wrong-stage']);
  });

  test('the fix was incomplete: an Emergency, and four rows are due a second time', async () => {
    await write(log4shell.UNTIL_THE_SECOND_FIX);
    const raised = await step('lead1', id, 'reassessment', log4shell.RAISED);
    expect(raised).toMatchObject({ stage: 'response', criticality: 'emergency' });
    expect(rowsIn(raised, 'due')).toEqual(['initial-remediation']);
    const workaround = (await timeline(id)).find(({ text }) => text === log4shell.WORKAROUND.text);
    await step('sme1', id, 'timeline', {
      ...noteOf(log4shell.WORKAROUND_CORRECTED),
      corrects: workaround?.seq,
    });
    const acted = await say(log4shell.SECOND_PASS);
    expect(acted.actions.find(({ key }) => key === 'act-on-plan')).toMatchObject({
      parts: [{ outcome: { result: expect.stringContaining('2.17.0') } }],
      earlierParts: [{ outcome: { result: expect.stringContaining('2.15.0') } }],
    });
    await write(log4shell.UNTIL_THE_LAST_FIX);
  });

  test('only the Executive Sponsor closes it, and not before the after-action review', async () => {
    const inReview = await say(log4shell.ROWS_15_TO_17);
    expect(inReview.stage).toBe('review');
    expect(inReview.waitingFor.map(({ what, who }) => [what, who])).toEqual([
      ['action:after-action-review', 'lead1'],
    ]);
    const close = (as: string) => ask(as, id, 'close', { determination: log4shell.DETERMINATION });
    const byLead = await close('lead1');
    expect([byLead.status, codeOf(byLead)]).toEqual([403, 'not-yours']);
    const tooEarly = await close('sponsor1');
    expect([tooEarly.status, codeOf(tooEarly)]).toEqual([409, 'predecessor-missing']);

    const reviewed = await say([log4shell.REVIEW]);
    expect(reviewed.waitingFor.map(({ what, who }) => [what, who])).toEqual([['close', 'executive']]);
    expect((await close('lead1')).status).toBe(403);
    const closed = bodyOf<IncidentView>(await close('sponsor1'), 200);
    expect(closed).toMatchObject({ stage: 'closed', waitingFor: [] });
    expect(rowsIn(closed, 'done')).toHaveLength(18);
    const again = await close('sponsor1');
    expect([again.status, codeOf(again)]).toEqual([409, 'wrong-stage']);
  });

  test('nobody got a mail but those it concerned, and only the reporter got words of ours', async () => {
    const mails = (await stand().mails()).filter(({ subject }) => subject.includes(id));
    expect(mails.map(({ to }) => to[0])).toEqual([
      ...[REPORTER, REPORTER, REPORTER],
      ...['sme1@stand.example', 'owner1@stand.example'],
    ]);
    const ours = mails.filter(({ to }) => !to.includes(REPORTER));
    expect(ours.map(({ subject, text }) => subject + text).join('\n')).not.toMatch(/log4|jndi|discovery/i);
  });

  test('its timeline reads like one that a responder wrote', async () => {
    await expect(replayedDocument(await document(id), id)).toMatchFileSnapshot('log4shell-timeline.md');
  });
});

function noteOf({ by: _by, ...note }: log4shell.Note): Omit<log4shell.Note, 'by'> {
  return note;
}
