import { describe, expect, test } from 'vitest';

import { NOBODY_TOLD, type Notice, type NoticeState } from '../../../src/domain/notices/notice.ts';
import {
  addRecipients,
  claimRecipients,
  countRecipients,
  endRecipients,
  noteNoticeReturned,
  reachedBy,
  readRecipients,
  stopRest,
} from '../../../src/persistence/notice-recipients.ts';
import { importParticipants, readParticipants } from '../../../src/persistence/participants.ts';
import { ownDatabase } from './own-database.ts';
import { MORNING, named, recordAll, report } from './sample.ts';

const database = ownDatabase();

const NAMES = ['anna', 'bert', 'cleo', 'dora', 'emil'];

function noticeIn(state: NoticeState): Notice {
  return {
    n: 1,
    audience: 'list',
    trigger: null,
    follows: null,
    state,
    tlp: 'GREEN',
    textId: 'text',
    revision: 1,
    draftedBy: 'comms1',
    draftedAt: MORNING,
    release: null,
    instance: 1,
    nextAt: null,
    told: NOBODY_TOLD,
  };
}

/** An incident whose first notice goes out to five. */
async function goingOut() {
  const { incidentId } = await report(database.db);
  await recordAll(database.db, incidentId, [named(1)], { notices: [noticeIn('sending')] });
  const batch = { incidentId, n: 1, instance: 1 };
  const recipients = NAMES.map((name) => ({ recipient: name, address: `${name}@example.org` }));
  await addRecipients(database.db, batch, recipients, MORNING);
  return {
    ...batch,
    claim: (limit: number, except: readonly string[] = []) =>
      claimRecipients(database.db, batch, { limit, except, at: MORNING + 1 }),
    sent: (recipient: string, messageId = `<${incidentId}.${recipient}@example.org>`) =>
      endRecipients(database.db, batch, [
        { recipient, state: 'sent', detail: '250', messageId, at: MORNING + 2 },
      ]),
    stop: () => recordAll(database.db, incidentId, [named(2)], { notices: [noticeIn('stopped')] }),
    batch,
    recipients,
  };
}

const names = (claimed: readonly { readonly recipient: string }[]) =>
  claimed.map(({ recipient }) => recipient).toSorted();

describe('the recipients of a notice', () => {
  test('are claimed a few at a time, and those that an earlier try left in the middle again', async () => {
    const { claim, sent } = await goingOut();
    expect(names(await claim(2))).toEqual(['anna', 'bert']);
    await sent('anna');
    expect(names(await claim(9))).toEqual(['bert', 'cleo', 'dora', 'emil']);
    expect(names(await claim(9, ['bert', 'dora']))).toEqual(['cleo', 'emil']);
  });

  test('are claimed no more once the record says that it is stopped, and are listed as they stand', async () => {
    const { claim, sent, stop, batch } = await goingOut();
    await claim(2);
    await sent('anna');
    expect(await countRecipients(database.db, batch)).toBeNull();
    await stopRest(database.db, batch, MORNING + 3);
    expect(names(await claim(1))).toEqual(['cleo']);
    await stop();
    expect(await claim(9)).toEqual([]);
    await stopRest(database.db, batch, MORNING + 4);
    const told = await readRecipients(database.db, batch.incidentId, 1);
    expect(told.map(({ recipient, state }) => `${recipient} ${state}`)).toEqual([
      'anna sent',
      'bert stopped',
      'cleo stopped',
      'dora stopped',
      'emil stopped',
    ]);
    const counts = { sent: 1, refused: 0, withheld: 0, stopped: 4 };
    expect(await countRecipients(database.db, batch)).toEqual(counts);
  });

  test('who stand there already stay as they are when it goes on', async () => {
    const { claim, sent, batch, recipients } = await goingOut();
    await claim(1);
    await sent('anna');
    await addRecipients(database.db, batch, recipients, MORNING + 5);
    expect(names(await claim(9))).toEqual(['bert', 'cleo', 'dora', 'emil']);
  });

  test('have it, whichever time they got it; not while one is just getting it', async () => {
    const { claim, sent, batch } = await goingOut();
    await claim(2);
    await sent('anna');
    expect((await reachedBy(database.db, batch.incidentId, 1)).isSettled).toBe(false);
    await sent('bert');
    expect(await reachedBy(database.db, batch.incidentId, 1)).toEqual({
      isSettled: true,
      recipients: [
        { recipient: 'anna', address: 'anna@example.org' },
        { recipient: 'bert', address: 'bert@example.org' },
      ],
    });
  });

  test('are marked where their mail came back, and so is the address in the directory', async () => {
    const contact = (address: string) => ({ kind: 'security', name: null, address }) as const;
    const participants = [
      { id: 'one', name: 'One', contacts: [contact('anna@example.org'), contact('bert@example.org')] },
    ];
    const said = { source: 'csv', participants, at: MORNING, isDryRun: false } as const;
    await importParticipants(database.db, said);
    const { claim, sent, batch } = await goingOut();
    await claim(1);
    await sent('anna', '<came.back@example.org>');
    await noteNoticeReturned(database.db, {
      ...{ messageId: '<came.back@example.org>', code: '5.1.1', at: MORNING },
    });
    const [anna] = await readRecipients(database.db, batch.incidentId, 1);
    expect(anna).toMatchObject({ recipient: 'anna', state: 'returned', detail: '5.1.1' });
    const marked = async () =>
      (await readParticipants(database.db)).flatMap(({ contacts }) =>
        contacts.map(({ address, failedBecause }) => [address, failedBecause]),
      );
    const expected = [
      ['anna@example.org', '5.1.1'],
      ['bert@example.org', null],
    ];
    expect(await marked()).toEqual(expected);
    // The next import says nothing of what came back.
    await importParticipants(database.db, {
      ...said,
      participants: participants.map((one) => ({ ...one, name: 'Uno' })),
    });
    expect(await marked()).toEqual(expected);
  });
});

describe('an import of participants', () => {
  const contact = (address: string) => ({ kind: 'technical', name: null, address }) as const;
  const listed = (id: string, ...addresses: readonly string[]) => ({
    ...{ id, name: `The ${id}` },
    contacts: addresses.map(contact),
  });
  const take = (
    participants: ReturnType<typeof listed>[],
    isDryRun = false,
    source: 'saml' | 'csv' = 'saml',
  ) => importParticipants(database.db, { source, participants, at: MORNING, isDryRun });
  const standing = async () =>
    (await readParticipants(database.db))
      .filter(({ source }) => source === 'saml')
      .map(({ id, contacts }) => `${id} ${contacts.map(({ address }) => address).join(' ')}`);

  test('says what it adds, changes and takes away; a dry run changes nothing', async () => {
    const first = [listed('a', 'a@example.org'), listed('b', 'b@example.org'), listed('c', 'c@example.org')];
    const none = { added: [], changed: [], removed: [], elsewhere: [], unchanged: 0 };
    expect(await take(first, true)).toEqual({ ...none, added: ['a', 'b', 'c'] });
    expect(await standing()).toEqual([]);
    await take(first);
    expect(await take(first)).toEqual({ ...none, unchanged: 3 });
    const second = [listed('a', 'a@example.org'), listed('b', 'x@example.org', 'y@example.org'), listed('d')];
    const changes = { added: ['d'], changed: ['b'], removed: ['c'], elsewhere: [], unchanged: 1 };
    expect(await take(second, true)).toEqual(changes);
    expect(await take(second)).toEqual(changes);
    expect(await standing()).toEqual(['a a@example.org', 'b x@example.org y@example.org', 'd ']);
  });

  test('leaves alone what came from another source', async () => {
    const before = await standing();
    await take([listed('z', 'z@example.org')], false, 'csv');
    expect(await standing()).toEqual(before);
    expect((await take([listed('z', 'other@example.org')])).elsewhere).toEqual(['z']);
    expect(await standing()).toEqual([]);
    const [z] = (await readParticipants(database.db)).filter(({ id }) => id === 'z');
    expect(z).toMatchObject({ source: 'csv', contacts: [{ address: 'z@example.org' }] });
  });

  test('of ten thousand is taken in', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => listed(`m${index}`, `m${index}@example.org`));
    expect((await take(many)).added).toHaveLength(10_000);
    expect(await standing()).toHaveLength(10_000);
  });
});
