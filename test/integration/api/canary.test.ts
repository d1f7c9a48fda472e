import { expect, test } from 'vitest';
import { readCounts } from '../../../src/persistence/counts.ts';
import { apiOffice } from './api-office.ts';

const office = apiOffice();

test('a canary is an incident like every other, to whoever looks at it, and counts in no figure', async () => {
  const before = await readCounts(office.db, office.now);
  const answer = await office.post('/v1/reports/canary', {}, { as: 'lead1' });
  expect(answer.statusCode).toBe(202);
  const { incidentId } = answer.json();
  await office.process.file(incidentId);
  const paged = await office.post(`/v1/incidents/${incidentId}/pages`, { to: 'me' }, { as: 'lead1' });
  expect(paged.json()).toMatchObject({
    stage: 'received',
    summary: 'Canary: a test by lead1. Nothing has happened.',
    pages: [`${incidentId}-P1`],
    waitingFor: expect.arrayContaining([
      expect.objectContaining({ what: `page:${incidentId}-P1`, who: 'lead1' }),
    ]),
  });
  expect((await readCounts(office.db, office.now)).incidentsByStage).toEqual(before.incidentsByStage);
  const reason = 'It was a test.';
  const ended = await office.post(`/v1/incidents/${incidentId}/dismiss`, { reason }, { as: 'lead1' });
  expect(ended.json().stage).toBe('dismissed');
});

test('what the audit saw is shown to those who run the system', async () => {
  const answer = await office.get('/v1/audit', 'admin1');
  expect(answer.json()).toEqual({ at: null, wellAt: null, isLate: true, findings: [], alarm: null });
});
