import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIrcPager, type IrcMessage } from '../../src/adapters/pager-irc.ts';
import { listenOnIrc } from '../../src/wiring/irc-answers.ts';
import { clearedPage } from '../support/paging.ts';
import { IRC_PERSON, type IrcVendor, startIrc } from '../support/vendors/irc.ts';

let vendor: IrcVendor;
beforeEach(async () => {
  vendor = await startIrc();
});
afterEach(() => vendor.close());

describe('on IRC', () => {
  it('what a person says to us alone is heard, and nothing else', async () => {
    const heard: IrcMessage[] = [];
    const unheard: IrcMessage[] = [];
    vendor.pager.onMessage((message) => heard.push(message));
    vendor.pager.onMessage((message) => unheard.push(message))();
    await page();
    vendor.person().say('JOIN #talk');
    vendor.person().say('PRIVMSG #talk :not for us');
    vendor.person().say('NOTICE tocsin :nor is this');
    vendor.person().say('PRIVMSG tocsin :ack INC-2026-0007 Grüße');
    await until(() => heard.length > 0);
    expect(heard).toEqual([{ nick: IRC_PERSON, account: null, text: 'ack INC-2026-0007 Grüße' }]);
    expect(unheard).toEqual([]);
  });

  it('who speaks to us is told what became of it, by a notice', async () => {
    const asked: string[] = [];
    const errors: unknown[] = [];
    let isAway = false;
    listenOnIrc(vendor.pager, {
      receipts: {
        answered: async ({ kind, address, text }) => {
          if (isAway) throw new Error('away');
          asked.push(`${kind} ${address} ${text}`);
          return text === 'hello' ? '' : 'INC-2026-0007-P1 is yours.';
        },
      },
      clock: { now: () => 0 },
      onError: (error) => errors.push(error),
    });
    await page();
    const notices = () => vendor.person().lines.filter((line) => line.includes('NOTICE'));
    const say = (text: string) => vendor.person().say(`PRIVMSG tocsin :${text}`);
    say('hello');
    say('ack 123456');
    await until(() => notices().length > 0);
    expect(asked).toEqual(['irc anna hello', 'irc anna ack 123456']);
    expect(notices()).toEqual([expect.stringMatching(/ NOTICE anna :INC-2026-0007-P1 is yours\.$/)]);
    isAway = true;
    say('ack 123456');
    await until(() => notices().length > 1);
    expect(notices()[1]).toMatch(/ NOTICE anna :This could not be taken just now\./);
    expect(errors).toHaveLength(1);
  });

  it('who floods us is not answered line by line, and pages go on', async () => {
    await page();
    for (let time = 0; time < 40; time += 1) vendor.pager.reply(IRC_PERSON, `reply ${time}`);
    vendor.pager.reply('#talk', 'in public');
    expect(await page({ id: 'after' })).toMatchObject({ outcome: 'accepted' });
    const replies = vendor.person().lines.filter((line) => line.includes('NOTICE'));
    expect(replies.length).toBeGreaterThan(0);
    expect(replies.length).toBeLessThan(10);
  });

  it('a long line arrives in several, with every word of it', async () => {
    const words = Array.from({ length: 120 }, (_, n) => `Wörter${n}`);
    expect(await page({ short: words.join(' '), link: null })).toMatchObject({ outcome: 'accepted' });
    const arrived = (await vendor.arrivals()).map((arrival) => arrival.words).join(' ');
    expect(arrived.split(/\s/).filter((word) => word.startsWith('Wörter'))).toEqual(words);
  });

  it.each(['nobody', '#talk', 'anna,mallory', '$*', 'anna!*@*', '@#talk', '0', 'a'.repeat(51)])(
    'nothing is said to %j',
    async (to) => {
      expect(await page({ to })).toMatchObject({ outcome: 'refused' });
    },
  );

  it('the connection is renewed when it was lost', async () => {
    await page();
    await vendor.server.kill();
    await vendor.server.start();
    await vendor.server.join(IRC_PERSON);
    const outcomes: string[] = [];
    // What is said before the loss is noticed is to be said again.
    while (outcomes.length < 5 && outcomes.at(-1) !== 'accepted') outcomes.push((await page()).outcome);
    expect(outcomes.at(-1)).toBe('accepted');
  });

  it('what is to be said before there is a server waits for it', async () => {
    await vendor.server.kill();
    const { port, password } = vendor.server;
    const early = createIrcPager({ url: `irc://early:${password}@127.0.0.1:${port}`, reconnectMs: 1_000 });
    const saying = early.send(clearedPage({ to: IRC_PERSON }));
    await vendor.server.start();
    await vendor.server.join(IRC_PERSON);
    // The person may be the later of the two.
    expect(['accepted', 'refused']).toContain((await saying).outcome);
    early.close();
  });

  it('a name that is taken is replaced by one like it', async () => {
    const second = createIrcPager({
      url: `irc://tocsin:${vendor.server.password}@127.0.0.1:${vendor.server.port}`,
    });
    await page();
    expect(await second.send(clearedPage({ to: IRC_PERSON }))).toMatchObject({ outcome: 'accepted' });
    second.close();
  });

  it('a server that does not let us in says to try later', async () => {
    const url = `irc://tocsin2:wrong@127.0.0.1:${vendor.server.port}`;
    const stranger = createIrcPager({ url, timeoutMs: 1_000, reconnectMs: 200 });
    const answer = await stranger.send(clearedPage({ to: IRC_PERSON }));
    expect(answer).toEqual({ outcome: 'later', code: 'unreachable', afterMs: null });
    stranger.close();
  });

  it('who has left answers what was on its way with later, and sends nothing more', async () => {
    await page();
    vendor.server.freeze();
    const saying = page({ id: 'second' });
    await sleep(50);
    vendor.pager.close();
    expect(await saying).toMatchObject({ outcome: 'later' });
    expect(await page({ id: 'third' })).toMatchObject({ outcome: 'later', code: 'unreachable' });
    vendor.server.thaw();
  });

  function page(changes: Parameters<typeof clearedPage>[0] = {}) {
    return vendor.pager.send(clearedPage({ to: IRC_PERSON, ...changes }));
  }
});

async function until(holds: () => boolean): Promise<void> {
  for (let times = 0; times < 200 && !holds(); times += 1) await sleep(50);
}
