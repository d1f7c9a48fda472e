import { afterAll, beforeAll, expect, it } from 'vitest';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { createDatabase, temporalAddress } from '../support/servers.ts';
import { openWorld, type RealWorld } from '../support/workflow-world.ts';
import { everythingSaidIn } from '../replay/corpus.ts';
import { CALM, MARKER, WALKS } from '../replay/paths.ts';

let world: RealWorld;
beforeAll(async () => {
  world = await openWorld({
    databaseUrl: await createDatabase(),
    temporalAddress: temporalAddress(),
    policy: CALM,
  });
});
afterAll(async () => {
  await world?.close();
});

it.each(['normal-handed-off', 'every-other-step', 'acknowledged-page'])(
  'of all that people write in %s, Temporal holds not a word',
  async (name) => {
    const walked = await WALKS[name]?.(world);
    expect(walked).toBeDefined();
    for (const { workflowId, runId } of walked ?? []) {
      const said = everythingSaidIn(historyToJSON(await world.history(workflowId, runId)));
      const described = JSON.stringify(await world.client.workflow.getHandle(workflowId, runId).describe());
      // Whoever looks would see it: identifiers and usernames are there.
      expect(said).toContain('"incidentId":"INC-');
      expect(said).toContain('"responder1"');
      expect(said.toLowerCase()).not.toContain(MARKER);
      expect(described.toLowerCase()).not.toContain(MARKER);
    }
  },
);

it('the same words reach those whom they are for, and are kept in the record', async () => {
  const reply = world.mails().find(({ subject, text }) => !subject.includes('PAGE') && text.includes(MARKER));
  expect(reply?.to).toContain('@example.org');
  const texts = await world.database.db.selectFrom('texts').select('body').execute();
  expect(texts.filter(({ body }) => JSON.stringify(body).includes(MARKER)).length).toBeGreaterThan(20);
});
