import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cleared } from '../../src/domain/clearance.ts';
import type { PagerMessage } from '../../src/domain/contact.ts';
import type { PagerAnswer } from '../../src/ports.ts';
import { clearedPage, PAGE } from '../support/paging.ts';
import { IRC_PERSON, startIrc } from '../support/vendors/irc.ts';
import { startMail } from '../support/vendors/mail.ts';
import { startMatrix } from '../support/vendors/matrix.ts';
import { startNtfy } from '../support/vendors/ntfy.ts';
import { startTwilio } from '../support/vendors/twilio.ts';
import { type Behaviour, type Vendor, WAIT_SECONDS } from '../support/vendors/vendor.ts';
import { startWebhook } from '../support/vendors/webhook.ts';

interface Implementation {
  readonly kind: string;
  readonly open: () => Promise<Vendor & { readonly to?: string }>;
  /** Where the vendor does not make one itself. */
  readonly to?: string;
  /** What its vendor can do beyond taking a message. */
  readonly behaviours: readonly Behaviour[];
  readonly codes: { readonly refuse: string; readonly wait?: string };
  readonly afterMs: number | null;
  readonly namesItsMessages: boolean;
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

const overHttp = { behaviours: HTTP, afterMs: WAIT_SECONDS * 1000 };

const IMPLEMENTATIONS: readonly Implementation[] = [
  {
    kind: 'mail',
    open: startMail,
    to: 'anna@example.org',
    behaviours: ['refuse', 'wait', 'drop', 'never'],
    codes: { refuse: '550' },
    afterMs: null,
    namesItsMessages: true,
  },
  {
    ...overHttp,
    kind: 'sms',
    open: () => startTwilio('sms'),
    to: '+17343527045',
    codes: { refuse: '21211', wait: '20429' },
    namesItsMessages: true,
  },
  {
    ...overHttp,
    kind: 'voice',
    open: () => startTwilio('voice'),
    to: '+17343527045',
    codes: { refuse: '21211', wait: '20429' },
    namesItsMessages: true,
  },
  {
    ...overHttp,
    kind: 'push',
    open: startNtfy,
    to: 'anna-7c1e',
    codes: { refuse: '40301', wait: '42901' },
    namesItsMessages: true,
  },
  {
    ...overHttp,
    kind: 'webhook',
    open: startWebhook,
    codes: { refuse: '410', wait: '429' },
    namesItsMessages: false,
  },
  {
    ...overHttp,
    kind: 'matrix',
    open: startMatrix,
    to: '@anna:stand.example',
    codes: { refuse: 'M_FORBIDDEN', wait: 'M_LIMIT_EXCEEDED' },
    namesItsMessages: true,
  },
  {
    kind: 'irc',
    open: startIrc,
    to: IRC_PERSON,
    behaviours: ['refuse', 'drop', 'never'],
    codes: { refuse: '401' },
    afterMs: null,
    namesItsMessages: false,
  },
];

/** Everything that a stranger’s words could try on some method. */
const ATTACK = [
  'x\r\nBcc: mallory@example.net\r\nX-Injected: yes\r\n\r\n.\r\nRCPT TO:<mallory@example.net>',
  '\r\nPRIVMSG mallory :hello\r\nJOIN #mallory\nQUIT\0\u{1}ACTION waves\u{1}',
  '</Say><Dial>+15005550009</Dial><Say>&To=%2B15005550009&amp;]]>\u{FFFE}"},{"topic":"mallory"',
  '\u{202E}txet\u{2028}lines',
].join('');

/** A machine that is busy needs longer than the far side is given; nothing here may need this long. */
const BOUND_MS = 12_000;

describe.each(IMPLEMENTATIONS)('a pager by $kind', (implementation) => {
  const { behaviours, codes, afterMs, namesItsMessages } = implementation;
  let vendor: Vendor;
  let to: string;
  const said: string[] = [];

  beforeEach(async () => {
    said.length = 0;
    const opened = await implementation.open();
    vendor = opened;
    to = opened.to ?? implementation.to ?? '';
  });

  afterEach(async () => {
    await vendor.arrivals();
    const problems = [...vendor.problems()];
    await vendor.close();
    assert.deepEqual(problems, [], 'the far side got what is no message, or not as its protocol has it');
    for (const secret of vendor.secrets)
      assert(!said.join('\n').includes(secret), 'an answer holds a secret');
  });

  it('hands a message over once, and says that it was accepted, under what name', async () => {
    const answer = await send();
    expect(answer).toMatchObject({ outcome: 'accepted', code: expect.stringMatching(/^(2\d\d|PONG)$/) });
    if (answer.outcome !== 'accepted') throw new Error('unreachable');
    if (namesItsMessages) expect(answer.id).toMatch(/\S/);
    else expect(answer.id).toBeNull();

    const [arrived, ...others] = await vendor.arrivals();
    expect(others).toEqual([]);
    expect(arrived?.to).toBe(to);
    expect(arrived?.words).toContain('INC-2026-0007');
  });

  it('tells two messages apart, and takes many at once', async () => {
    const ids = Array.from({ length: 4 }, (_, n) => `INC-2026-0007:page:${n}`);
    const answers = await Promise.all(ids.map((id) => send({ id })));
    expect(answers.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'accepted'));
    expect(new Set((await vendor.arrivals()).map(({ id }) => id)).size).toBe(ids.length);
  });

  it('sends nothing that did not pass the TLP gate, even where types were lost', async () => {
    const message = { ...PAGE, to };
    const forged = { isCleared: true, message, as: () => forged } as unknown as Cleared<PagerMessage>;
    await expect(vendor.pager.send(forged)).rejects.toThrow(TypeError);
    expect(await vendor.arrivals()).toEqual([]);
  });

  it('sends nothing under an id that could be more than one', async () => {
    for (const id of ['a\r\nb', 'a b', '', '../x', 'a'.repeat(101)]) {
      await expect(vendor.pager.send(clearedPage({ to, id })), id).rejects.toThrow(TypeError);
    }
    expect(await vendor.arrivals()).toEqual([]);
  });

  it('lets no word of a message become a recipient, a header, a command or markup', async () => {
    const answer = await send({
      subject: `INC-2026-0007 ${ATTACK}`,
      text: `INC-2026-0007 ${ATTACK}\n.\n${ATTACK}`,
      short: `INC-2026-0007 ${ATTACK}`,
      spoken: `INC-2026-0007 ${ATTACK}`,
      link: `https://tocsin.example/p/k1${ATTACK}`,
      replyTo: `reply@stand.example${ATTACK}`,
    });
    expect(answer.outcome).toBe('accepted');
    const arrivals = await vendor.arrivals();
    expect(new Set(arrivals.map((arrived) => arrived.to))).toEqual(new Set([to]));
    expect(arrivals).toHaveLength(1);
  });

  it('refuses an address that is not one address, before anybody is asked', async () => {
    const addresses = [
      `${to}, ${to}`,
      `${to}\r\nBcc: mallory@example.net`,
      `${to}\nPRIVMSG mallory`,
      `${to}\0`,
      `${to} mallory`,
      `mallory\n${to}`,
      '',
    ];
    for (const address of addresses) {
      expect(await send({ to: address }), address).toMatchObject({ outcome: 'refused' });
    }
    expect(await vendor.arrivals()).toEqual([]);
  });

  it('says that a refusal is for good, with the code of the far side', async () => {
    await vendor.script('refuse');
    expect(await send()).toEqual({ outcome: 'refused', code: codes.refuse });
    expect(await vendor.arrivals()).toEqual([]);
  });

  it.each(behaviours.filter((each) => each === 'wait'))(
    'says how long the far side asks us to %s',
    async (behaviour) => {
      await vendor.script(behaviour);
      const answer = await send();
      expect(answer).toMatchObject({ outcome: 'later', afterMs });
      if (codes.wait !== undefined) expect(answer.code).toBe(codes.wait);
      expect(await send()).toMatchObject({ outcome: 'accepted' });
    },
  );

  it.each(behaviours.filter((each) => each === 'fail'))(
    'says to try later when it gets a %s',
    async (behaviour) => {
      await vendor.script(behaviour);
      expect(await send()).toEqual({ outcome: 'later', code: '500', afterMs: null });
    },
  );

  it('says to try later when nobody is there', async () => {
    await vendor.stop();
    expect(await send()).toMatchObject({ outcome: 'later' });
  });

  it('says to try later when the connection drops after the message; the second try has the same id', async () => {
    await vendor.script('drop');
    expect(await send()).toMatchObject({ outcome: 'later' });
    await vendor.recover?.();
    expect(await until('accepted')).toMatchObject({ outcome: 'accepted' });
    const ids = (await vendor.arrivals()).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(1);
  });

  it('does not wait for a far side that never answers; the second try has the same id', async () => {
    await vendor.script('never');
    const began = Date.now();
    expect(await send()).toMatchObject({ outcome: 'later' });
    expect(Date.now() - began).toBeLessThan(BOUND_MS);
    await vendor.recover?.();
    expect(await until('accepted')).toMatchObject({ outcome: 'accepted' });
    expect(new Set((await vendor.arrivals()).map(({ id }) => id)).size).toBe(1);
  });

  it.each(behaviours.filter((each) => ['huge', 'trickle', 'garbage'].includes(each)))(
    'counts an acceptance whose words are %s, and reads no more of them than it must',
    async (behaviour) => {
      await vendor.script(behaviour);
      const began = Date.now();
      expect(await send()).toMatchObject({ outcome: 'accepted', id: null });
      expect(Date.now() - began).toBeLessThan(BOUND_MS);
    },
  );

  it.each(behaviours.filter((each) => each === 'redirect'))('goes nowhere after a %s', async (behaviour) => {
    await vendor.script(behaviour);
    expect((await send()).outcome).not.toBe('accepted');
    expect(await vendor.arrivals()).toEqual([]);
  });

  async function send(changes: Partial<PagerMessage> = {}): Promise<PagerAnswer> {
    const answer = await vendor.pager.send(clearedPage({ to, ...changes }));
    said.push(JSON.stringify(answer));
    return answer;
  }

  /** A second try, and a third where the far side has only just come back. */
  async function until(outcome: PagerAnswer['outcome']): Promise<PagerAnswer> {
    const first = await send();
    return first.outcome === outcome ? first : send();
  }
});
