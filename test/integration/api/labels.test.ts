import { describe, expect, test } from 'vitest';

import { apiOffice, problemOf } from './api-office.ts';

const office = apiOffice();

async function led(): Promise<string> {
  const { incidentId } = await office.report({ summary: 'Look', tlp: 'AMBER' });
  await office.post(`/v1/incidents/${incidentId}/lead`, { username: 'lead1' }, { as: 'responder1' });
  return incidentId;
}

const relabel = (id: string, body: object, as: string) =>
  office.post(`/v1/incidents/${id}/label`, { reason: 'The vendor asked for it.', ...body }, { as });

interface Line {
  readonly seq: number;
  readonly kind: string;
  readonly text: string;
  readonly tlp: string;
}

const linesOf = async (id: string): Promise<readonly Line[]> =>
  (await office.get(`/v1/incidents/${id}/timeline`, 'lead1')).json().items;

describe('a label', () => {
  test('is raised by a responder and lowered by the lead, with the reason in the timeline', async () => {
    const id = await led();
    const raised = await relabel(id, { tlp: 'RED' }, 'responder1');
    expect(raised.json()).toMatchObject({ tlp: 'RED' });
    const refused = await relabel(id, { tlp: 'GREEN' }, 'responder1');
    expect(refused.statusCode).toBe(403);
    expect(problemOf(refused)).toMatchObject({ errors: [{ pointer: '/tlp' }] });
    expect((await relabel(id, { tlp: 'GREEN' }, 'lead1')).json()).toMatchObject({ tlp: 'GREEN' });
    const told = (await linesOf(id)).filter(({ kind }) => kind === 'label').map(({ text }) => text);
    expect(told).toEqual([
      'TLP:RED instead of TLP:AMBER for the incident, by responder1@: The vendor asked for it.',
      'TLP:GREEN instead of TLP:RED for the incident, by lead1@: The vendor asked for it.',
    ]);
  });

  test('of a line of the timeline changes where it is read, in the list and in the document', async () => {
    const id = await led();
    const note = { text: 'Seen at noon', tlp: 'GREEN' };
    await office.post(`/v1/incidents/${id}/timeline`, note, { as: 'responder1' });
    await office.process.file(id);
    const line = (await linesOf(id)).find(({ text }) => text.includes('noon'));
    expect(line).toMatchObject({ tlp: 'GREEN' });
    const seq = line?.seq ?? 0;
    expect((await relabel(id, { tlp: 'RED', seq }, 'responder1')).json()).toMatchObject({ tlp: 'AMBER' });
    expect((await linesOf(id)).find((one) => one.seq === seq)).toMatchObject({ tlp: 'RED' });
    expect((await relabel(id, { tlp: 'RED', seq }, 'responder1')).statusCode).toBe(409);
    expect((await relabel(id, { tlp: 'CLEAR', seq }, 'responder1')).statusCode).toBe(403);
  });

  test('of a notice that repeats the incident is that of the incident or a stricter one, until somebody writes another text', async () => {
    const id = await led();
    const drafted = (body: object) =>
      office.post(
        `/v1/incidents/${id}/notices`,
        { audience: 'internal-open', trigger: 'discovery', ...body },
        { as: 'responder1' },
      );
    const refused = await drafted({ tlp: 'GREEN' });
    expect(refused.statusCode).toBe(422);
    expect(problemOf(refused)).toMatchObject({
      errors: [{ pointer: '/tlp', detail: expect.stringContaining('TLP:AMBER') }],
    });
    expect((await drafted({})).statusCode).toBe(200);
    expect((await drafted({ tlp: 'GREEN', text: 'We handle an incident.' })).statusCode).toBe(200);
    const { items } = (await office.get(`/v1/incidents/${id}/notices`, 'lead1')).json();
    expect(items).toMatchObject([
      { tlp: 'AMBER', text: expect.stringContaining('Look') },
      { tlp: 'GREEN', text: 'We handle an incident.' },
    ]);
  });

  test.each([
    ['a line that is not there', { tlp: 'RED', seq: 999 }, '/seq'],
    ['a label that there is not', { tlp: 'ORANGE' }, '/tlp'],
  ])('of %s is refused', async (_, body, pointer) => {
    const id = await led();
    const refused = await relabel(id, body, 'lead1');
    expect(refused.statusCode).toBe(422);
    expect(problemOf(refused)).toMatchObject({ errors: [{ pointer }] });
  });
});
