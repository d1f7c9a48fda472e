import { describe, expect, test } from 'vitest';

import type { Report } from '../../../src/domain/incident.ts';
import { writeFact } from '../../../src/persistence/inbox.ts';
import { readReportForReporter } from '../../../src/persistence/reports.ts';
import { storeTexts } from '../../../src/persistence/texts.ts';
import { ownDatabase } from './own-database.ts';
import { event, HOUR, id, MINUTE, MORNING, named, recordAll, report } from './sample.ts';

const database = ownDatabase();

function kept(reportId: string, said: Partial<Report> = {}): Report {
  return {
    id: reportId,
    channel: 'form',
    kind: 'incident',
    receivedAt: MORNING,
    enteredBy: null,
    reply: 'owed',
    repliedAt: null,
    mergedFrom: null,
    ...said,
  };
}

describe('a reporter', () => {
  test('is told that the report is there, also before anybody has taken it up', async () => {
    const { reportId, incidentId, token } = await report(database.db);
    expect(await readReportForReporter(database.db, reportId, token)).toEqual({
      reportId,
      incidentId,
      receivedAt: MORNING,
      replyDueAt: MORNING + 24 * HOUR,
      replyState: 'owed',
      repliedAt: null,
      questions: [],
      answers: [],
    });
  });

  test('is told nothing without the token of that very report', async () => {
    const [own, other] = [await report(database.db), await report(database.db)];
    for (const token of [
      '',
      'x',
      other.token,
      own.token.slice(1),
      `${own.token}x`,
      own.token.toUpperCase(),
    ]) {
      expect(await readReportForReporter(database.db, own.reportId, token)).toBeNull();
    }
    expect(await readReportForReporter(database.db, 'none', own.token)).toBeNull();
    expect(await readReportForReporter(database.db, 'no\0ne', own.token)).toBeNull();
  });

  test('sees the questions asked of them, and what they answered, filed or not', async () => {
    const { reportId, incidentId, token } = await report(database.db);
    const [asked, answered, unfiled, others] = [id(), id(), id(), id()];
    const texts = [asked, answered, others].map((textId) => ({ id: textId, body: { text: textId } }));
    await storeTexts(database.db, incidentId, texts);
    const at = MORNING + MINUTE;
    await recordAll(
      database.db,
      incidentId,
      [
        event(
          1,
          { type: 'question-asked', n: 1, reportIds: [reportId], textId: asked, tlp: 'GREEN' },
          { at },
        ),
        event(2, { type: 'question-asked', n: 2, reportIds: ['other'], textId: others, tlp: 'GREEN' }),
        event(3, { type: 'question-answered', reportId, textId: answered }, { at }),
        event(4, { type: 'question-answered', reportId: 'other', textId: others }),
      ],
      { reports: [kept(reportId, { reply: 'sent', repliedAt: at })] },
    );
    await writeFact(database.db, {
      factId: id(),
      incidentId,
      by: 'reporter',
      at,
      fact: { type: 'reporter-answer', reportId, textId: unfiled },
      texts: [{ id: unfiled, body: { text: unfiled } }],
    });
    expect(await readReportForReporter(database.db, reportId, token)).toMatchObject({
      replyState: 'sent',
      repliedAt: at,
      questions: [{ n: 1, askedAt: at, tlp: 'GREEN', text: { text: asked } }],
      answers: [
        { at, text: { text: answered } },
        { at, text: { text: unfiled } },
      ],
    });
  });

  test('sees an answer once at every moment, also at that at which it is filed', async () => {
    const { reportId, incidentId, token } = await report(database.db);
    const seen: number[] = [];
    for (let seq = 1; seq <= 20; seq += 1) {
      const [factId, textId] = [id(), id()];
      const fact = { type: 'reporter-answer', reportId, textId } as const;
      await writeFact(database.db, {
        ...{ factId, incidentId, by: 'reporter', at: MORNING, fact },
        texts: [{ id: textId, body: { text: textId } }],
      });
      const filed = event(
        seq,
        { type: 'question-answered', reportId, textId },
        { at: MORNING, commandId: factId },
      );
      const reading = Array.from({ length: 8 }, async () => {
        const view = await readReportForReporter(database.db, reportId, token);
        seen.push((view?.answers.length ?? 0) - seq);
      });
      await Promise.all([
        recordAll(database.db, incidentId, [filed], { reports: [kept(reportId)] }),
        ...reading,
      ]);
    }
    expect(new Set(seen)).toEqual(new Set([0]));
  });

  test('is answered by the incident that has the report after a merge, once it has it', async () => {
    const [source, target] = [await report(database.db), await report(database.db)];
    const { reportId, token } = source;
    await recordAll(database.db, source.incidentId, [named(1)], {
      reports: [kept(reportId)],
      mergedInto: target.incidentId,
    });
    await recordAll(database.db, target.incidentId, [named(1)]);
    const before = { incidentId: source.incidentId, replyState: 'owed' };
    expect(await readReportForReporter(database.db, reportId, token)).toMatchObject(before);
    const textId = id();
    await storeTexts(database.db, target.incidentId, [{ id: textId, body: { text: 'which host?' } }]);
    await recordAll(
      database.db,
      target.incidentId,
      [event(2, { type: 'question-asked', n: 1, reportIds: [reportId], textId, tlp: 'GREEN' })],
      { reports: [kept(reportId, { reply: 'sending', mergedFrom: source.incidentId })] },
    );
    expect(await readReportForReporter(database.db, reportId, token)).toMatchObject({
      incidentId: target.incidentId,
      replyState: 'sending',
      questions: [{ n: 1, text: { text: 'which host?' } }],
    });
  });
});
