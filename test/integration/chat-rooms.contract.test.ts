import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Addressed, clear, type Cleared } from '../../src/domain/clearance.ts';
import type { NewRoom } from '../../src/domain/chat-room.ts';
import type { RoomMessage } from '../../src/ports.ts';
import type { ChatVendor } from '../support/vendors/chat.ts';
import { startChatIrc } from '../support/vendors/chat-irc.ts';
import { startChatMatrix } from '../support/vendors/chat-matrix.ts';
import { startChatSlack } from '../support/vendors/chat-slack.ts';
import { type Behaviour, WAIT_SECONDS } from '../support/vendors/vendor.ts';

interface Implementation {
  readonly provider: string;
  readonly start: () => Promise<ChatVendor>;
  /** What its vendor can do beyond taking what it is given. */
  readonly behaviours: readonly Behaviour[];
  readonly afterMs: number | null;
  /** Whether a message that is said again is there once. */
  readonly saysOnce: boolean;
}

const HTTP: readonly Behaviour[] = [
  'refuse',
  'wait',
  'fail',
  'drop',
  'never',
  'huge',
  'trickle',
  'garbage',
  'redirect',
];

const IMPLEMENTATIONS: readonly Implementation[] = [
  {
    provider: 'matrix',
    start: startChatMatrix,
    behaviours: HTTP,
    afterMs: WAIT_SECONDS * 1000,
    saysOnce: true,
  },
  {
    provider: 'slack',
    start: startChatSlack,
    behaviours: HTTP,
    afterMs: WAIT_SECONDS * 1000,
    // It has no key for what is posted.
    saysOnce: false,
  },
  {
    provider: 'irc',
    start: startChatIrc,
    behaviours: ['never', 'drop'],
    afterMs: null,
    saysOnce: false,
  },
];

const NAME = 'inc-2026-0007';
const KEY = 'INC-2026-0007:channel:1';
const TITLE = 'INC-2026-0007 https://tocsin.example/v1/incidents/INC-2026-0007';

/** Longer than an adapter may take on a busy machine. */
const BOUND_MS = 25_000;

function cleared<M extends Addressed>(content: M, isPrivate = false): Cleared<M> {
  const name = content.to;
  const passed = clear(
    { carriesWords: false, content, addressee: name },
    { kind: 'room', name, address: name, isPrivate },
  );
  assert(passed.isCleared);
  return passed;
}

describe.each(IMPLEMENTATIONS)('rooms of $provider', ({ start, provider, behaviours, afterMs, saysOnce }) => {
  let vendor: ChatVendor;
  const answers: unknown[] = [];

  beforeEach(async () => {
    answers.length = 0;
    vendor = await start();
  });
  afterEach(async () => {
    const problems = [...vendor.problems()];
    vendor.rooms.end();
    await vendor.close();
    assert.deepEqual(problems, [], 'the far side got what is not as its protocol has it');
    for (const secret of vendor.secrets)
      assert(!JSON.stringify(answers).includes(secret), 'an answer holds a secret');
  });

  const open = async (more: Partial<NewRoom> = {}) => {
    const wanted = { to: NAME, key: KEY, title: TITLE, isPrivate: false, ...more };
    const answer = await vendor.rooms.open(cleared(wanted, wanted.isPrivate));
    answers.push(answer);
    return answer;
  };
  const opened = async (more: Partial<NewRoom> = {}): Promise<string> => {
    const answer = await open(more);
    assert(answer.outcome === 'opened', JSON.stringify(answer));
    return answer.room.room;
  };
  const post = async (room: string, text: string, id = 'INC-2026-0007:channel:1:news:9') => {
    const answer = await vendor.rooms.post(cleared({ to: room, id, text }));
    answers.push(answer);
    return answer;
  };
  const readAll = async (room: string, from: string | null = null) => {
    const messages: RoomMessage[] = [];
    for (let mark = from; ;) {
      const read = await vendor.rooms.read(room, mark);
      assert(read.outcome === 'done', JSON.stringify(read));
      messages.push(...read.messages);
      mark = read.mark;
      if (!read.isMore) return { messages, mark };
    }
  };

  it('opens one room with the title, for the whole organization', async () => {
    const answer = await open();
    expect(answer).toMatchObject({ outcome: 'opened', room: { provider } });
    assert(answer.outcome === 'opened');
    expect(answer.room.name).toContain(NAME);
    expect(await vendor.found(NAME)).toMatchObject([{ title: TITLE, isPrivate: false, isClosed: false }]);
  });

  it('is one room when it is opened again under the same key', async () => {
    const room = await opened();
    expect(await opened()).toBe(room);
    expect(await vendor.found(NAME)).toHaveLength(1);
  });

  it('does not use a room of that name that somebody else made', async () => {
    await vendor.squat(NAME);
    expect(await open()).toMatchObject({ outcome: 'refused', code: 'name-taken' });
  });

  it('opens a private room by invitation only, or says that it cannot', async () => {
    const answer = await open({ isPrivate: true });
    if (vendor.rooms.hasPrivateRooms) {
      expect(answer.outcome).toBe('opened');
      expect(await vendor.found(NAME)).toMatchObject([{ isPrivate: true }]);
    } else {
      expect(answer).toMatchObject({ outcome: 'refused', code: 'no-private-rooms' });
      expect(await vendor.found(NAME)).toEqual([]);
    }
  });

  it('invites whom the provider knows, once, and names whom it does not', async () => {
    const room = await opened();
    const stranger = { username: 'sme1', mail: 'nobody@stand.example', addresses: [] };
    for (const _ of [1, 2]) {
      const invited = await vendor.rooms.invite(room, [vendor.guest, stranger]);
      expect(invited).toEqual({ outcome: 'done', missing: ['sme1'] });
    }
    expect((await vendor.found(NAME))[0]?.invited).toHaveLength(1);
  });

  it('says what it is given, on one line, and reads it back beside what people say', async () => {
    const room = await opened();
    // Whoever looks is there to hear it.
    expect((await vendor.found(NAME))[0]?.said).toEqual([]);
    expect(await post(room, 'INC-2026-0007: response\r\nQUIT\n/kick all')).toMatchObject({ outcome: 'done' });
    await vendor.say(NAME, 'we have found the key');
    const { messages, mark } = await readAll(room);
    expect(messages.map(({ text }) => text)).toEqual([
      'INC-2026-0007: response QUIT /kick all',
      'we have found the key',
    ]);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(2);
    for (const { author, at } of messages) {
      expect(author).not.toBe('');
      expect(at).toBeGreaterThan(Date.parse('2026-01-01T00:00:00Z'));
    }
    expect((await vendor.found(NAME))[0]?.said).toEqual(['INC-2026-0007: response QUIT /kick all']);

    expect((await readAll(room, mark)).messages).toEqual([]);
    await vendor.say(NAME, 'and revoked it');
    expect((await readAll(room, mark)).messages.map(({ text }) => text)).toEqual(['and revoked it']);
  });

  it('closes a room, so that nobody says anything there any more, and reads it still', async () => {
    const room = await opened();
    await vendor.say(NAME, 'the last word');
    for (const _ of [1, 2]) expect(await vendor.rooms.close(room)).toMatchObject({ outcome: 'done' });
    expect((await vendor.found(NAME)).every(({ isClosed }) => isClosed)).toBe(true);
    expect((await readAll(room)).messages.map(({ text }) => text)).toContain('the last word');
  });

  it('says and names nothing that did not pass the TLP gate, even where types were lost', async () => {
    const room = await opened();
    const forged = { isCleared: true, message: { to: room, id: 'a', text: 'b' } } as never;
    await expect(vendor.rooms.post(forged)).rejects.toThrow(TypeError);
    const named = {
      isCleared: true,
      message: { to: 'other', key: 'k', title: 't', isPrivate: false },
    } as never;
    await expect(vendor.rooms.open(named)).rejects.toThrow(TypeError);
    expect((await vendor.found(NAME))[0]?.said).toEqual([]);
  });

  it.each(['Inc', 'a b', 'a\r\nb', '', '-a', 'a'.repeat(41)])(
    'opens no room under the name %j',
    async (to) => {
      await expect(open({ to })).rejects.toThrow(TypeError);
    },
  );

  const passing = behaviours.filter((one) => one !== 'refuse');
  it.each(passing)(
    'answers in time when the far side will %s, and the next try is the same room',
    async (behaviour) => {
      await vendor.script(behaviour);
      const startedAt = Date.now();
      const answer = await open();
      expect(Date.now() - startedAt).toBeLessThan(BOUND_MS);
      // What cannot be read says nothing of whether the room was made.
      expect(['later', 'opened']).toContain(answer.outcome);
      if (behaviour === 'wait') expect(answer).toMatchObject({ outcome: 'later', afterMs });
      await vendor.recover?.();
      await opened();
      expect(await vendor.found(NAME)).toHaveLength(1);
    },
  );

  it.runIf(behaviours.includes('refuse'))('says that a refusal is for good', async () => {
    await vendor.script('refuse');
    expect(await open()).toMatchObject({ outcome: 'refused' });
  });

  it.runIf(saysOnce)('says a message once that was taken and never answered', async () => {
    const room = await opened();
    await vendor.script('drop');
    expect(await post(room, 'once')).toMatchObject({ outcome: 'later' });
    expect(await post(room, 'once')).toMatchObject({ outcome: 'done' });
    expect((await vendor.found(NAME))[0]?.said).toEqual(['once']);
  });

  it('says later when the far side is not there', async () => {
    await vendor.stop();
    expect(await open()).toMatchObject({ outcome: 'later' });
  });
});

it('answers in a thread of Slack are in the log when it is read from its beginning', async () => {
  const vendor = await startChatSlack();
  try {
    const opened = await vendor.rooms.open(cleared({ to: NAME, key: KEY, title: TITLE, isPrivate: false }));
    assert(opened.outcome === 'opened');
    const { room } = opened.room;
    await vendor.say(NAME, 'who has the logs?');
    vendor.answer(NAME, 'I have');
    await vendor.say(NAME, 'then send them');
    const whole = await vendor.rooms.read(room, null);
    assert(whole.outcome === 'done');
    expect(whole.messages.map(({ author, text }) => `${author}: ${text}`)).toEqual([
      'anna: who has the logs?',
      'anna: I have',
      'anna: then send them',
    ]);
    expect(vendor.problems()).toEqual([]);
  } finally {
    await vendor.close();
  }
});
