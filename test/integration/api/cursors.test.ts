import { beforeAll, describe, expect, test } from 'vitest';
import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();
let incidentId = '';

beforeAll(async () => {
  incidentId = await office.triage();
});

const forged = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

describe('a forged cursor', () => {
  test.each([
    [forged(1e12, '-infinity', 'x')],
    [forged(-1e12, '-infinity', 'x')],
    [forged(0, '-infinity', '\0')],
    [forged(0, '2026-99-99 00:00:00+00', 'x')],
    [forged(8.64e15, 'INC-2026-0001')],
    [forged(-8.64e15, 'INC-2026-0001')],
    [forged(0, '\0')],
    [forged()],
    [forged(null, null)],
  ])('%s is read or refused, and breaks nothing', async (cursor) => {
    for (const path of [`/v1/incidents/${incidentId}/timeline`, '/v1/incidents', '/v1/pages']) {
      const answer = await office.get(`${path}?cursor=${cursor}`, 'responder1');
      expect([200, 422], answer.body).toContain(answer.statusCode);
      if (answer.statusCode === 422)
        expect(problemOf(answer).errors).toMatchObject([{ parameter: 'cursor' }]);
    }
  });
});
