import type pg from 'pg';

import { clear } from '../../src/domain/clearance.ts';
import { createMailPager } from '../../src/adapters/pager-mail.ts';
import { pageMessage } from '../../src/domain/page-wording.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Mailer } from '../../src/ports.ts';

export interface FloorPage {
  readonly incidentId: string;
  readonly pageId: string;
  readonly dueAt: number;
}

export interface FloorActivities {
  sendPage(page: FloorPage): Promise<void>;
  writeStep(id: string): Promise<void>;
}

/** Told of each row, so that whoever waits for one need not ask for it. */
export const ROW_CHANNEL = 'floor_rows';

export function createFloorActivities({
  pool,
  mailer,
  policy,
}: {
  readonly pool: pg.Pool;
  readonly mailer: Mailer;
  readonly policy: Policy;
}): FloorActivities {
  return {
    async sendPage(page) {
      await sendPageMail({ mailer, policy }, page);
    },
    async writeStep(id) {
      await pool.query(
        'WITH written AS (INSERT INTO floor_steps (id) VALUES ($1) RETURNING id) SELECT pg_notify($2, id) FROM written',
        [id, ROW_CHANNEL],
      );
    },
  };
}

/** The same mail to the same person as the first rung of ours sends, by the same adapter. */
export async function sendPageMail(
  { mailer, policy }: { readonly mailer: Mailer; readonly policy: Policy },
  { incidentId, pageId, dueAt }: FloorPage,
): Promise<void> {
  const pager = createMailPager({ mailer, senderAddress: policy.organization.mail });
  const [person] = policy.people;
  if (person === undefined) throw new Error('the policy names nobody');
  const { username, mail: address, roles } = person;
  const link = `http://bench.example/v1/pages/${pageId}`;
  const envelope = { id: pageId, to: address, addressee: username, replyTo: null };
  const message = pageMessage(policy, envelope, [
    {
      pageId,
      incidentId,
      reason: 'no-lead',
      criticality: null,
      calledAs: 'by name',
      round: 1,
      rung: 1,
      nextStepAt: dueAt + 300_000,
      url: link,
      link,
      code: '123456',
    },
  ]);
  const cleared = clear(message, { kind: 'own-people', username, address, roles, isAppointed: false });
  if (!cleared.isCleared) throw new Error(`the mail was withheld: ${cleared.clearance.reason}`);
  await pager.send(cleared);
}
